import { Controller, Get, NotFoundException, Param, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { DevelopmentOnly } from '../pages/development-only.guard.js';
import { Page } from '../pages/page.js';
import { Public } from '../pages/public.decorator.js';
import { Mailer } from './mailer.js';
import { OutboxMailer } from './outbox-mailer.js';

/** What the page reads of a mail, as a mail program would. */
interface ParsedMail {
  readonly subject?: string | undefined;
  readonly to?: { readonly text: string } | readonly { readonly text: string }[] | undefined;
  readonly date?: Date | undefined;
  readonly text?: string | undefined;
  readonly html?: string | false;
}

/** Its own page may frame it; a mail's styles stand in it, and nothing of it runs or is fetched. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";

/** The mails that an application in development has sent. */
@Public()
@Controller('development/outbox')
@UseGuards(DevelopmentOnly)
export class OutboxController {
  constructor(private readonly mailer: Mailer) {}

  @Get()
  async list(): Promise<Page> {
    const { outbox } = this;
    const names = await outbox.names();
    const mails = await Promise.all(
      names.map(async (name) => ({ name, ...shown(await this.read(name)) })),
    );
    return new Page('development/outbox', { mails });
  }

  @Get(':name')
  async show(
    @Param('name') name: string,
    @Res({ passthrough: true }) res: Response,
  ): Promise<Page> {
    const mail = await this.read(name);
    const policy = String(res.getHeader('content-security-policy'));
    res.set('content-security-policy', `${policy};frame-src 'self'`);
    return new Page('development/mail', { name, ...shown(mail), text: mail.text ?? '' });
  }

  @Get(':name/html')
  async html(@Param('name') name: string, @Res() res: Response): Promise<void> {
    const { html } = await this.read(name);
    res.set({ 'content-security-policy': MAIL_POLICY, 'x-frame-options': 'SAMEORIGIN' });
    // The sandbox has an origin of its own, for which a browser would complain of it.
    res.removeHeader('origin-agent-cluster');
    res.type('html').send(html || '');
  }

  private get outbox(): OutboxMailer {
    if (!(this.mailer instanceof OutboxMailer)) throw new NotFoundException();
    return this.mailer;
  }

  private async read(name: string): Promise<ParsedMail> {
    const source = await this.outbox.source(name);
    if (!source) throw new NotFoundException();
    // A development dependency, as this is a page of development.
    const { simpleParser } = await import('mailparser');
    return simpleParser(source);
  }
}

function shown({ subject = '', to, date }: ParsedMail) {
  return {
    subject,
    to: [to ?? []]
      .flat()
      .map(({ text }) => text)
      .join(', '),
    date,
  };
}
