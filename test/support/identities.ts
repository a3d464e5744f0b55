import type { TestApp } from './app.js';
import { type AtProvider, goThrough } from './flows.js';
import type { Answer, Visitor } from './visitor.js';

/** The settings page of connected accounts. */
export const IDENTITIES = '/settings/identities';

/** The key of an identity at the stub. */
export function keyAt(provider: string, { subject }: { subject: string }): string {
  return `stub:${provider} ${subject}`;
}

let people = 0;

/** Somebody at a provider whom nobody else in the test is, without an address there. */
export function someone(more: object = {}) {
  return { subject: String(7000 + ++people), email: null, ...more };
}

/** Somebody at a provider with a verified address there. */
export function holderOf(email: string) {
  return { ...someone(), name: 'Holder', email };
}

/** Connects an account at a provider in the settings. */
export function link(
  app: TestApp,
  visitor: Visitor,
  provider: string,
  at: AtProvider,
): Promise<Answer> {
  return goThrough(app.stub, visitor, provider, at, { page: IDENTITIES, step: '/link' });
}

/** Presses the button even where it is disabled: the rule is the server's. */
export async function unlink(visitor: Visitor, provider: string): Promise<Answer> {
  const body = { _csrf: await visitor.token(IDENTITIES) };
  return visitor.send('POST', `${IDENTITIES}/${provider}/unlink`, { body });
}

/** Somebody whose only ways in are these providers. */
export async function comingBy(app: TestApp, first: string, ...more: string[]) {
  const visitor = app.visitor();
  const who = someone();
  await goThrough(app.stub, visitor, first, who);
  for (const provider of more) await link(app, visitor, provider, who);
  const username = (await visitor.whoami()) ?? '';
  return { visitor, who, username };
}

/** Somebody who comes by Google with the address of an account here, and is asked about it. */
export async function comesWith(app: TestApp, email: string, who = holderOf(email)) {
  const visitor = app.visitor();
  const answer = await goThrough(app.stub, visitor, 'google', who);
  expect([answer.location, await visitor.whoami()]).toEqual(['/pending-link', null]);
  return { visitor, who };
}

/** The user name of the account that somebody gets into by Google; null for none. */
export async function opens(app: TestApp, who: AtProvider): Promise<string | null> {
  const visitor = app.visitor();
  await goThrough(app.stub, visitor, 'google', who);
  return visitor.whoami();
}

/** The providers that an account is linked with, as stored. */
export async function linksOf(app: TestApp, username: string): Promise<string[]> {
  // As the schema has it.
  const identities = (await app.user(username))?.['identities'] as
    { provider: string }[] | undefined;
  return identities?.map(({ provider }) => provider) ?? [];
}
