import type { ParsedMail } from 'mailparser';
import { FactorResetMails } from '../../src/auth/lost-factor/factor-reset-mails.js';
import { told } from './activity.js';
import type { TestApp } from './app.js';
import type { Visitor } from './visitor.js';

export const LOST_FACTOR = '/login/lost-factor';
export const HOUR = 60 * 60_000;
/** As FACTOR_RESET_WAIT is left out. */
export const WAIT = 72 * HOUR;

/** Logs in by the password and says that every second factor is lost. */
export async function askFor(app: TestApp, username: string, visitor = app.visitor()) {
  await visitor.login(username);
  await visitor.submit(LOST_FACTOR, {});
  await told(app);
  return visitor;
}

/** Makes the mails that are due, as the application does every minute. */
export function sweep(...apps: readonly TestApp[]): Promise<unknown> {
  const sweeps = apps.map(({ nest }) => nest.get(FactorResetMails, { strict: false }).sweep());
  return Promise.all(sweeps);
}

/** The mails to somebody that have a link of this kind, oldest first. */
export async function mailsWith(app: TestApp, username: string, kind: 'cancel' | 'finish') {
  await told(app);
  const mails = await app.mails(`${username}@example.com`);
  return mails.filter((mail) => linkIn(mail, kind) !== null);
}

/** The newest link of this kind that was mailed to somebody: path and query. */
export async function mailedLink(app: TestApp, username: string, kind: 'cancel' | 'finish') {
  const mail = (await mailsWith(app, username, kind)).at(-1);
  const link = mail ? linkIn(mail, kind) : null;
  if (link === null) throw new Error(`No link to ${kind} was mailed to ${username}`);
  return link;
}

/** Asks for it and lets the waiting time pass. @returns the link that ends it */
export async function waitedFor(app: TestApp, username: string): Promise<string> {
  await askFor(app, username);
  app.advance(WAIT);
  await sweep(app);
  return mailedLink(app, username, 'finish');
}

/** Opens a link and presses its button. */
export async function press(visitor: Visitor, link: string) {
  expect((await visitor.get(link)).status).toBe(200);
  return visitor.submit(link, {});
}

function linkIn({ text = '' }: ParsedMail, kind: string): string | null {
  const address = new RegExp(
    `^http://localhost:\\d+(/login/lost-factor/${kind}\\?token=\\S+)$`,
    'm',
  );
  return address.exec(text)?.[1] ?? null;
}
