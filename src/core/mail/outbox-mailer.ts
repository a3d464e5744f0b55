import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { MailSettings } from './mail.settings.js';
import { Mailer, type Message } from './mailer.js';
import { contentOf } from './smtp-mailer.js';

/** How many mails are kept, the newest. */
const KEPT = 200;
const NAME = /^[\w.-]+\.eml$/;

/** Development's: each mail becomes a file, and stays to be looked at. */
export class OutboxMailer extends Mailer {
  constructor(
    private readonly settings: MailSettings,
    private readonly clock: Clock,
  ) {
    super();
  }

  async send(message: Message): Promise<void> {
    // Loaded for the first mail, as by SmtpMailer.
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({ streamTransport: true, buffer: true });
    const { message: source } = await transport.sendMail(contentOf(message));
    const { folder } = this.settings;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // By its name a file is as old as its mail. A mail that is handed over twice is two files.
    const time = this.clock.now().toISOString().replace(/\D/g, '');
    const file = join(folder, `${time}-${message.id.replace(/[^\w-]+/g, '-')}.eml`);
    // Renamed: whoever reads the folder sees whole mails. It holds links that open accounts.
    await writeFile(`${file}.part`, source as Buffer, { mode: 0o600 });
    await rename(`${file}.part`, file);
    for (const old of (await this.names()).slice(KEPT))
      await rm(join(folder, old), { force: true });
  }

  async verify(): Promise<void> {
    await mkdir(this.settings.folder, { recursive: true, mode: 0o700 });
  }

  /** @returns the names of the files, the newest first */
  async names(): Promise<string[]> {
    const names = await readdir(this.settings.folder).catch(nothing);
    return names
      .filter((name) => NAME.test(name))
      .toSorted()
      .toReversed();
  }

  /** @returns a mail as it would travel; null for a name that is not in the folder */
  async source(name: string): Promise<Buffer | null> {
    // Of a request: only a name that the folder lists is a path.
    return (await this.names()).includes(name) ? readFile(join(this.settings.folder, name)) : null;
  }
}

function nothing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
