import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { CoreSettings } from '../config/core.settings.js';
import type { MessageParams } from '../domain-error.js';
import { ENGLISH, type Language } from '../views/language.js';
import { Messages } from '../views/messages.js';
import { Views } from '../views/views.js';
import { csrfToken } from './csrf.guard.js';
import { Menus } from './menus.js';
import { holdsSomething } from './notices.js';
import type { Page, SeeOther } from './page.js';
import { isSeen } from './seen-page.js';
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

/** Turns an answer into HTML, the same for a controller's page, a rejected form and an error page. */
@Injectable()
export class Pages {
  constructor(
    private readonly settings: CoreSettings,
    private readonly views: Views,
    private readonly messages: Messages,
    private readonly menus: Menus,
    private readonly locals: ViewLocals,
  ) {}

  /** @returns the document; the status is set, and a session that the page relies on is stored */
  async render(request: Request, page: Page, rejected?: RejectedForm): Promise<string> {
    const html = this.draw(request, page, rejected);
    await saveSession(request);
    return html;
  }

  /** @returns the document; the status is set, and nothing is stored */
  draw(request: Request, page: Page, rejected?: RejectedForm): string {
    request.res?.status(page.status).type('html');
    // The one place that chooses a language for a page.
    const language = ENGLISH;
    return this.views.render(page.view, {
      language,
      ...this.layoutData(request, page, language),
      ...page.data,
      ...(rejected && this.rejection(rejected, language)),
    });
  }

  /** Sends the browser on by GET (303, never 307: a password must not be posted again). */
  async redirect(request: Request, to: SeeOther): Promise<void> {
    if (to.notices.length > 0) {
      request.session.notices = [...(request.session.notices ?? []), ...to.notices];
    }
    await saveSession(request);
    request.res?.status(303).set('location', to.path);
  }

  private layoutData(request: Request, { title }: Page, language: Language): object {
    return {
      brand: this.settings.brand,
      title: this.messages.text(language, `titles.${title}`),
      section: this.menus.sectionOf(request.path),
      menus: this.menus.of(request),
      locals: this.locals.of(request),
      values: {},
      errors: {},
      emptied: {},
      // Called by the template, so that only a page with a form makes a session.
      csrfToken: () => csrfToken(request),
      notices: () => this.takeNotices(request, language),
    };
  }

  private takeNotices(request: Request, language: Language): object[] {
    const notices = isSeen(request) ? (request.session?.notices ?? []) : [];
    if (notices.length > 0) delete request.session.notices;
    return notices.flatMap(({ kind, key, params }) => {
      // A stored notice can outlive the release that had its sentence.
      const text = this.messages.find(language, key, params);
      return text === null ? [] : [{ kind, urgent: kind === 'danger' || kind === 'warning', text }];
    });
  }

  private rejection({ values, errors, emptied }: RejectedForm, language: Language): object {
    const sentences = Object.entries(errors).map(
      ([field, { code, params }]) =>
        [field, this.messages.text(language, `errors.${code}`, params)] as const,
    );
    return {
      values,
      errors: Object.fromEntries(sentences),
      emptied: Object.fromEntries(emptied.map((field) => [field, true])),
      errorSummary: sentences.map(([field, sentence]) =>
        this.summaryLine(field, sentence, language),
      ),
    };
  }

  private summaryLine(field: string, sentence: string, language: Language): object {
    const label = this.messages.find(language, `fields.${field}.label`);
    if (label === null) return { text: sentence };
    const text = this.messages.text(language, 'page.error-line', { field: label, sentence });
    return { field, text };
  }
}

/**
 * Stores the session before the answer. express-session would do it while the answer is on its way, and
 * only log a failure: the person would get a form, or a "saved", that the next request knows nothing of.
 */
export async function saveSession(request: Request): Promise<void> {
  const { session } = request;
  if (!holdsSomething(session)) return;
  await new Promise<void>((resolve, reject) => {
    session.save((error: unknown) => (error ? reject(error) : resolve()));
  });
}
