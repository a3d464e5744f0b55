import type { Person, StubProvider } from '@latchkey/stub-provider';
import type { Answer, Visitor } from './visitor.js';

/** What a person does at a provider: somebody of the stub's list, or Ada with other fields. */
export type AtProvider = string | Partial<Person>;

/**
 * Presses a provider's button on a page and follows to the provider.
 *
 * @param page that holds the button
 * @param action the button's form
 * @returns the address at the provider
 */
export async function startFlow(visitor: Visitor, page: string, action: string): Promise<string> {
  return providerAddress(await visitor.submit(page, {}, action));
}

/** The address at the provider that a page leads to; empty when it leads nowhere. */
export function providerAddress({ html }: Answer): string {
  return (/http-equiv="refresh" content="0;url=([^"]+)"/.exec(html)?.[1] ?? '')
    .replaceAll('&amp;', '&')
    .replaceAll('&#x3D;', '=');
}

/** The path of the callback that a person's decision at the provider leads to. */
export async function decide(
  stub: StubProvider,
  address: string,
  person: AtProvider,
): Promise<string> {
  const callback = new URL(await stub.decide(address, person));
  return callback.pathname + callback.search;
}

/** Shows by a provider once more who one is, on the page that leads on to another. */
export function reauthenticate(
  stub: StubProvider,
  visitor: Visitor,
  provider: string,
  person: AtProvider,
  next = '/settings',
): Promise<Answer> {
  const page = `/settings/confirm?next=${encodeURIComponent(next)}`;
  return goThrough(stub, visitor, provider, person, { page, step: '/confirm' });
}

/** A whole flow, from the button to the answer of the callback. */
export async function goThrough(
  stub: StubProvider,
  visitor: Visitor,
  provider: string,
  person: AtProvider,
  { page = '/login', step = '' }: { page?: string; step?: '' | '/link' | '/confirm' } = {},
): Promise<Answer> {
  const address = await startFlow(visitor, page, `/oauth/${provider}${step}`);
  return visitor.get(await decide(stub, address, person));
}
