import type { TestApp } from './app.js';
import { type AtProvider, decide, startFlow } from './flows.js';
import type { Visitor } from './visitor.js';

/** Begins a login and comes to the callback's address, without opening it. */
export async function callbackOf(
  app: TestApp,
  visitor: Visitor,
  who: AtProvider,
  provider = 'google',
): Promise<string> {
  return decide(app.stub, await startFlow(visitor, '/login', `/oauth/${provider}`), who);
}

/** The callback with other parameters; null takes one away. */
export function withQuery(callback: string, changes: Record<string, string | null>): string {
  const url = new URL(callback, 'http://callback');
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

/** The state that a callback carries. */
export function stateOf(callback: string): string {
  return new URL(callback, 'http://callback').searchParams.get('state') ?? '';
}

/** How often a code has reached a provider. */
export function tokenRequests({ stub }: TestApp): number {
  return stub.requests.filter(({ endpoint }) => endpoint === 'token').length;
}

/**
 * Opens a callback that must come to nothing: no code reaches a provider, nothing is changed, and
 * whoever is signed in stays so.
 */
export async function refused(
  app: TestApp,
  visitor: Visitor,
  callback: string,
  signedIn: string | null = null,
): Promise<void> {
  const [asked, users, lines] = [tokenRequests(app), await app.users(), app.log.length];
  const answer = await visitor.get(callback);
  expect([303, 400]).toContain(answer.status);
  if (answer.status === 303) {
    expect(answer.location).toBe(signedIn === null ? '/login' : '/settings/identities');
    expect((await visitor.get(answer.location ?? '')).text).toContain('Nothing was changed.');
    expect(app.log.slice(lines).join('')).toContain('flow-refused');
  }
  expect(await visitor.whoami()).toBe(signedIn);
  expect(tokenRequests(app)).toBe(asked);
  expect(await app.users()).toEqual(users);
}
