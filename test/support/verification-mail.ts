import type { TestApp } from './app.js';

/** What the newest verification mail to an address has. */
export interface VerificationMail {
  /** Path and query. */
  readonly link: string;
  /** As it stands in the mail. */
  readonly code: string;
  readonly text: string;
}

/** @returns the verification mails to an address, oldest first */
export async function verificationMails(app: TestApp, to: string): Promise<VerificationMail[]> {
  const mails = await app.mails(to);
  return mails.flatMap(({ text = '' }) => {
    const [, link] = /^http:\/\/localhost:\d+(\/email\/confirm\?token=\S+)$/m.exec(text) ?? [];
    const [, code] = /^([A-Z]{4}-[A-Z]{4})$/m.exec(text) ?? [];
    return link === undefined || code === undefined ? [] : [{ link, code, text }];
  });
}

/** @returns the newest of them */
export async function verificationMail(app: TestApp, to: string): Promise<VerificationMail> {
  const mail = (await verificationMails(app, to)).at(-1);
  if (!mail) throw new Error(`No mail went to ${to}`);
  return mail;
}
