import { join } from 'node:path';
import type { SettingsReader } from '../config/settings-reader.js';

/** A mailbox: an address, and the name that stands beside it. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** How mail leaves the application. */
export class MailSettings {
  /**
   * `smtp`: by the server of MAIL_URL. `outbox`: into files, on one's own machine. `off`: nothing is
   * sent, and what needs mail is not offered.
   */
  readonly way: 'smtp' | 'outbox' | 'off';
  /** Address of the SMTP server, with its user and password; empty: none. */
  readonly url: string;
  /** The sender. An empty name stands for the product's. */
  readonly from: Mailbox;
  /** Absolute path of the folder of the development outbox. */
  readonly folder: string;

  constructor(read: SettingsReader) {
    const url = read.text('MAIL_URL');
    if (url !== '' && url !== 'off' && !isServer(url)) {
      read.problems.push(
        'MAIL_URL must be "off", or an address such as smtps://user:password@mail.example.com.',
      );
    }
    if (read.production && url === '') {
      read.problems.push(
        'MAIL_URL is missing: give the address of your mail server, or "off" to do without mail.',
      );
    }
    this.way = url === 'off' ? 'off' : url === '' ? 'outbox' : 'smtp';
    this.url = this.way === 'smtp' ? url : '';
    const from = read.text('MAIL_FROM');
    this.from = mailboxOf(from || 'no-reply@localhost');
    if (!/^[^\s@<>]+@[^\s@<>]+$/.test(this.from.address)) {
      read.problems.push('MAIL_FROM must be an address, or a name and <an address>.');
    }
    if (read.production && this.way === 'smtp' && from === '') {
      read.problems.push('MAIL_FROM is missing: give the address that mails come from.');
    }
    this.folder = join(read.dataDir, 'outbox');
  }
}

function isServer(text: string): boolean {
  return URL.canParse(text) && /^smtps?:\/\/[^/]/.test(text) && new URL(text).hostname !== '';
}

function mailboxOf(text: string): Mailbox {
  const [, name = '', address = text] = /^(.*?)\s*<(.*)>$/.exec(text) ?? [];
  return { name: name.replace(/^"(.*)"$/, '$1'), address };
}
