import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Clock, SECOND } from '../clock.js';
import { SettingsModule } from '../config/settings.module.js';
import { type Metric, Metrics } from '../metrics/metrics.js';
import { MailLimits } from './mail-limits.js';
import { MailQueue } from './mail-queue.js';
import { mailSchema } from './mail.schema.js';
import { MailSettings } from './mail.settings.js';
import { MailWorker } from './mail-worker.js';
import { MailWriter } from './mail-writer.js';
import { Mailer } from './mailer.js';
import { Mails } from './mails.js';
import { OutboxController } from './outbox.controller.js';
import { OutboxMailer } from './outbox-mailer.js';
import { SmtpMailer } from './smtp-mailer.js';

/** Mails: written, kept until they are handed over, and in development shown. */
@Global()
@Module({
  imports: [
    SettingsModule.forFeature(MailSettings),
    MongooseModule.forFeature([{ name: 'Mail', schema: mailSchema }]),
  ],
  controllers: [OutboxController],
  providers: [
    { provide: Mailer, inject: [MailSettings, Clock], useFactory: mailerOf },
    MailQueue,
    MailWriter,
    MailWorker,
    MailLimits,
    Mails,
  ],
  exports: [Mails, MailLimits],
})
export class MailModule {
  constructor(
    { way }: MailSettings,
    metrics: Metrics,
    queue: MailQueue,
    { done }: MailWorker,
    clock: Clock,
  ) {
    if (way === 'off') return;
    metrics.add({
      metrics: {
        waiting: gauge('latchkey_mails_waiting', 'Mails that are not handed over yet.'),
        oldest: gauge('latchkey_mail_oldest_seconds', 'Age of the oldest of them; 0: none waits.'),
        handedOver: counter('latchkey_mails_handed_over_total', 'Mails that a server has taken.'),
        refused: counter('latchkey_mails_refused_total', 'Mails whose address a server refused.'),
        givenUp: counter(
          'latchkey_mails_given_up_total',
          'Mails that were given up after a day of tries.',
        ),
      },
      read: async () => {
        const { count, since } = await queue.backlog();
        const age = since ? (clock.now().getTime() - since.getTime()) / SECOND : 0;
        return { ...done, waiting: count, oldest: Math.max(age, 0) };
      },
    });
  }
}

function gauge(name: string, help: string): Metric {
  return { name, help, kind: 'gauge' };
}

function counter(name: string, help: string): Metric {
  return { name, help, kind: 'counter' };
}

/** @returns the adapter that the settings ask for; while mail is off it has nothing to do */
export function mailerOf(settings: MailSettings, clock: Clock): Mailer {
  return settings.way === 'smtp' ? new SmtpMailer(settings) : new OutboxMailer(settings, clock);
}
