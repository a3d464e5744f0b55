import type { SentMessageInfo, Transporter } from 'nodemailer';
import { SECOND } from '../clock.js';
import { isLoopback } from '../config/address-rules.js';
import type { MailSettings } from './mail.settings.js';
import { Mailer, type Message, RecipientRefused } from './mailer.js';

/** nodemailer's own are minutes; a parameter of MAIL_URL replaces each. */
const LIMITS = {
  connectionTimeout: 10 * SECOND,
  greetingTimeout: 10 * SECOND,
  socketTimeout: 20 * SECOND,
};

/** Reply codes by which a server says that it does not have an address (RFC 5321, 4.2.3). */
const NO_SUCH_ADDRESS = [550, 551, 553];
/** The enhanced status code beside it (RFC 3463), which is the better witness: 5.1 is of addresses. */
const ENHANCED = /^5\d\d[ -]5\.(\d+)\.\d/;
const OF_ADDRESSES = '1';
/** Security or policy: about us, and not about the address. */
const OF_POLICY = '7';

/** By SMTP, a connection for each mail. */
export class SmtpMailer extends Mailer {
  private transport?: Promise<Transporter<SentMessageInfo>>;

  constructor(private readonly settings: MailSettings) {
    super();
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const transport = await this.open();
    try {
      await transport.sendMail({ ...contentOf(message), signal });
    } catch (error) {
      if (isRefusal(error)) throw new RecipientRefused('The address is refused', { cause: error });
      throw error;
    }
  }

  async verify(): Promise<void> {
    await (await this.open()).verify();
  }

  private open(): Promise<Transporter<SentMessageInfo>> {
    return (this.transport ??= this.load());
  }

  private async load(): Promise<Transporter<SentMessageInfo>> {
    // Loaded for the first mail: it takes as long as a third of a start.
    const { createTransport } = await import('nodemailer');
    const { url } = this.settings;
    const { username, hostname } = new URL(url);
    // A password never goes in the clear over a network, though somebody there strips STARTTLS.
    const requireTLS = username !== '' && !isLoopback(hostname);
    return createTransport({ ...LIMITS, requireTLS, url });
  }
}

/** @returns what nodemailer takes; addresses as objects, so that no text in one makes a second recipient */
export function contentOf({ id, from, to, subject, text, html }: Message) {
  return {
    messageId: `<${id}>`,
    from,
    to: { name: '', address: to },
    subject,
    text,
    html,
    // Holiday answers to it would go nowhere (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

// nodemailer's code is the same for 451 and 550. What comes after DATA is about the mail.
function isRefusal(error: unknown): boolean {
  const { responseCode = 0, command, response = '' } = error as Partial<SmtpError>;
  if (command !== 'RCPT TO') return false;
  const [, subject] = ENHANCED.exec(response) ?? [];
  if (subject === OF_ADDRESSES) return true;
  return NO_SUCH_ADDRESS.includes(responseCode) && subject !== OF_POLICY;
}

interface SmtpError {
  readonly responseCode: number;
  readonly command: string;
  readonly response: string;
}
