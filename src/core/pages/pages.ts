import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { CoreSettings } from '../config/core.settings.js';
import type { MessageParams } from '../domain-error.js';
import { ENGLISH, type Language } from '../views/language.js';
import { Messages } from '../views/messages.js';
import { Views } from '../views/views.js';
import { FormTokens } from '../forms/form-tokens.js';
import { Menus } from './menus.js';
import { NoticeBoard } from './notice-board.js';
import { type Notice, Notices } from './notices.js';
import type { Page, SeeOther } from './page.js';
import { ViewLocals } from './view-locals.js';

/** A key of the message catalogue below `errors`, with what the sentence names. */
export interface FieldError {
  readonly code: string;
  readonly params: MessageParams;
}

/** What came back from a form that could not be accepted. */
export interface RejectedForm {
  /** What was typed, without passwords. */
  readonly values: Readonly<Record<string, string>>;
  /** By field; the empty name is the form as a whole. */
  readonly errors: Readonly<Record<string, FieldError>>;
  /** The fields of passwords that were typed and are not shown again. */
  readonly emptied: readonly string[];
}

/** Null: there is nothing to add. */
type Completion = (request: Request, page: Page) => Promise<Page> | null;

/** Turns an answer into HTML, the same for a controller's page, a rejected form and an error page. */
@Injectable()
export class Pages {
  private readonly completions: Completion[] = [];

  constructor(
    private readonly settings: CoreSettings,
    private readonly views: Views,
    private readonly messages: Messages,
    private readonly menus: Menus,
    private readonly locals: ViewLocals,
    private readonly tokens: FormTokens,
    private readonly notices: Notices,
    private readonly board: NoticeBoard,
  ) {}

  /** @param complete adds to the page of a controller what is known by the request alone */
  add(complete: Completion): void {
    this.completions.push(complete);
  }

  /** Answers with the page of a controller. */
  async send(request: Request, page: Page): Promise<void> {
    let whole = page;
    for (const complete of this.completions) {
      const completed = complete(request, whole);
      if (completed) whole = await completed;
    }
    request.res?.send(this.render(request, whole));
  }

  /** @returns the document; the status is set */
  render(request: Request, page: Page, rejected?: RejectedForm): string {
    request.res?.status(page.status).type('html');
    // The one place that chooses a language for a page.
    const language = ENGLISH;
    return this.views.render(page.view, {
      language,
      ...this.layoutData(request, page, language),
      ...page.data,
      ...(rejected && this.rejection(rejected, page, request, language)),
    });
  }

  /** Sends the browser on by GET (303, never 307: a password must not be posted again). */
  redirect(request: Request, to: SeeOther): void {
    this.notices.add(request, to.notices);
    request.res?.status(303).set('location', to.path).end();
  }

  private layoutData(request: Request, { title, status, data }: Page, language: Language): object {
    return {
      brand: this.settings.brand,
      // A sentence takes no more of it than it names, and those are texts.
      title: this.messages.text(language, `titles.${title}`, data as MessageParams),
      help: this.settings.helpUrl,
      section: this.menus.sectionOf(request.path),
      menus: this.menus.of(request),
      locals: this.locals.of(request),
      values: {},
      errors: {},
      emptied: {},
      // Called by the template, so that only a page with a form makes one.
      csrfToken: () => this.tokens.of(request),
      // A page about a fault says nothing else; they wait for the next one.
      notices: () =>
        status < 500 ? this.shown(this.notices.take(request), request, language) : [],
      banners: () => this.shown(this.board.bannersOn(request), request, language),
    };
  }

  private shown(notices: readonly Notice[], request: Request, language: Language): object[] {
    return notices.flatMap(({ kind, key, params }) => {
      // A stored notice can outlive the release that had its sentence.
      const text = this.messages.find(language, key, params);
      const urgent = kind === 'danger' || kind === 'warning';
      const link = this.linkOf(key.replace(/^[^.]*\./, ''), request, language);
      return text === null ? [] : [{ kind, urgent, text, link }];
    });
  }

  private linkOf(code: string, request: Request, language: Language): object | null {
    const link = this.board.linkOf(code, request);
    return link && { ...link, text: this.messages.text(language, `links.${code}`) };
  }

  private rejection(
    { values, errors, emptied }: RejectedForm,
    page: Page,
    request: Request,
    language: Language,
  ): object {
    const lines = Object.entries(errors).map(([field, error]) => ({
      ...this.errorLine(field, error, language),
      link: this.linkOf(error.code, request, language),
    }));
    return {
      // The page may hold other forms, which keep what they show.
      values: { ...page.values, ...values },
      errors: Object.fromEntries(
        lines.map(({ field, sentence, link }) => [field, { text: sentence, link }]),
      ),
      emptied: Object.fromEntries(emptied.map((field) => [field, true])),
      errorSummary: lines.map(({ field, line, link }) => ({ field, text: line, link })),
    };
  }

  // A field can have a sentence of its own ("Enter your email address."); any other one needs the field's
  // name where it stands apart from it.
  private errorLine(field: string, { code, params }: FieldError, language: Language) {
    const own = this.messages.find(language, `fields.${field}.${code}`, params);
    if (own !== null) return { field, sentence: own, line: own };
    const sentence = this.messages.text(language, `errors.${code}`, params);
    const label = this.messages.find(language, `fields.${field}.label`);
    if (label === null) return { field: '', sentence, line: sentence };
    const line = this.messages.text(language, 'page.error-line', { field: label, sentence });
    return { field, sentence, line };
  }
}
