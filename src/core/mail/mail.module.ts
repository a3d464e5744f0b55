import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Clock } from '../clock.js';
import { SettingsModule } from '../config/settings.module.js';
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
export class MailModule {}

/** @returns the adapter that the settings ask for; while mail is off it has nothing to do */
export function mailerOf(settings: MailSettings, clock: Clock): Mailer {
  return settings.way === 'smtp' ? new SmtpMailer(settings) : new OutboxMailer(settings, clock);
}
