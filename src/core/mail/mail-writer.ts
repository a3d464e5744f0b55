import { Injectable } from '@nestjs/common';
import { CoreSettings } from '../config/core.settings.js';
import { ENGLISH } from '../views/language.js';
import { Messages } from '../views/messages.js';
import { type MailBlock, Views } from '../views/views.js';
import type { Mail } from './mail-queue.js';
import { MailSettings } from './mail.settings.js';
import type { Message } from './mailer.js';

/** Writes mails: a template gives paragraphs, buttons and codes, and both forms are made of these. */
@Injectable()
export class MailWriter {
  constructor(
    private readonly core: CoreSettings,
    private readonly settings: MailSettings,
    private readonly views: Views,
    private readonly messages: Messages,
  ) {}

  /** @throws when a template or a sentence is not there or lacks a value: a mistake of ours */
  write({ id, kind, to, data }: Required<Mail>): Message {
    // The one place that chooses a language for a mail.
    const language = ENGLISH;
    const { brand, baseUrl } = this.core;
    const shown = { brand, baseUrl, ...data };
    const subject = this.messages.textOf(language, `mails.${kind}.subject`, shown);
    const blocks = this.views.blocks(`mail/${kind}`, { language, ...shown });
    const footer = this.messages.textOf(language, 'mails.footer', shown);
    const { from } = this.settings;
    return {
      id: `${id}@${from.address.split('@').at(-1)}`,
      from: { ...from, name: from.name || brand },
      to,
      subject,
      text: textOf(blocks, footer),
      html: this.views.document('mail/layout', { language, brand, subject, blocks, footer }),
    };
  }
}

// A link and a code have a line of their own: mail programs make the one clickable, people copy the other.
function textOf(blocks: readonly MailBlock[], footer: string): string {
  const parts = blocks.map(({ text, link, code }) => {
    if (link !== undefined) return `${text}:\n${link}`;
    return code ?? text;
  });
  return `${[...parts, `-- \n${footer}`].join('\n\n')}\n`;
}
