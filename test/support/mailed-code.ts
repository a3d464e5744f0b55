import type { TestApp } from './app.js';
import type { Answer, Visitor } from './visitor.js';

const page = (path: string, next: string) => `${path}?next=${encodeURIComponent(next)}`;

/** Presses "Email me a code" on the page that asks who one is. */
export function askForCode(visitor: Visitor, next = '/settings'): Promise<Answer> {
  return visitor.submit(page('/settings/confirm', next), {}, '/settings/confirm/mail');
}

/** Types a code on the page that asks for it. */
export function typeCode(visitor: Visitor, code: string, next = '/settings'): Promise<Answer> {
  return visitor.submit(page('/settings/confirm/code', next), { code }, '/settings/confirm/code');
}

/** @returns the codes that were mailed to an address to confirm who one is, oldest first */
export async function mailedCodes(app: TestApp, to: string): Promise<string[]> {
  const mails = await app.mails(to);
  return mails
    .filter(({ subject }) => subject?.startsWith('Your code for'))
    .map(({ text = '' }) => /^([A-Z]{4}-[A-Z]{4})$/m.exec(text)?.[1] ?? '');
}

/** The whole way: asks for a code, reads the mail, types it. */
export async function confirmByMail(
  app: TestApp,
  visitor: Visitor,
  to: string,
  next = '/settings',
): Promise<Answer> {
  await askForCode(visitor, next);
  return typeCode(visitor, (await mailedCodes(app, to)).at(-1) ?? '', next);
}
