import { Injectable } from '@nestjs/common';
import { ViewLocals } from '../pages/view-locals.js';
import { type Mail, MailQueue } from './mail-queue.js';
import { MailWorker } from './mail-worker.js';
import { MailSettings } from './mail.settings.js';

/** Where rooms send mail. */
@Injectable()
export class Mails {
  /** Whether mail is sent at all; what needs it is not offered otherwise. */
  readonly available: boolean;

  constructor(
    { way }: MailSettings,
    private readonly queue: MailQueue,
    private readonly worker: MailWorker,
    locals: ViewLocals,
  ) {
    this.available = way !== 'off';
    // For the partial that leads to the development outbox.
    locals.add('outbox', () => way === 'outbox');
  }

  /**
   * Keeps a mail to be sent: one insert, to be awaited with the change that the mail is about. It goes out
   * beside the request.
   */
  async send(mail: Mail): Promise<void> {
    if (!this.available) throw new Error('Mail is off: ask `available` before');
    await this.queue.add(mail);
    this.worker.wake();
  }
}
