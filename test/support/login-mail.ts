import type { TestApp } from './app.js';
import type { Answer, Visitor } from './visitor.js';

/** What the newest mail to log in has. */
export interface LoginMail {
  /** Path and query. */
  readonly link: string;
  /** As it stands in the mail. */
  readonly code: string;
  readonly text: string;
}

/** @returns the mails to log in that went to an address, oldest first */
export async function loginMails(app: TestApp, to: string): Promise<LoginMail[]> {
  const mails = await app.mails(to);
  return mails.flatMap(({ text = '' }) => {
    const [, link] = /^http:\/\/localhost:\d+(\/login\/link\?token=\S+)$/m.exec(text) ?? [];
    const [, code] = /^([A-Z]{4}-[A-Z]{4})$/m.exec(text) ?? [];
    return link === undefined || code === undefined ? [] : [{ link, code, text }];
  });
}

/** Asks for a mail on the login page. */
export function askForMail(visitor: Visitor, identifier: string, more = {}): Promise<Answer> {
  return visitor.submit('/login', { identifier, ...more }, '/login/mail');
}

/** Asks for a mail to the address of an account of the tests. @returns the mail */
export async function mailedTo(app: TestApp, visitor: Visitor, username: string, more = {}) {
  const asked = await askForMail(visitor, username, more);
  expect([asked.status, asked.location]).toEqual([303, '/login/code']);
  const mail = (await loginMails(app, `${username}@example.com`)).at(-1);
  if (!mail) throw new Error(`No mail went to ${username}`);
  return mail;
}

/** Types the code of a mail to log in. */
export function typeLoginCode(visitor: Visitor, code: string): Promise<Answer> {
  return visitor.send('POST', '/login/code', { body: { code } });
}
