import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { CoreSettings } from '../config/core.settings.js';
import type { MessageParams } from '../domain-error.js';
import { holdsSomething } from './notices.js';
import { Messages } from '../views/messages.js';
import { Views } from '../views/views.js';
import { csrfToken } from './csrf.guard.js';
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
}

/** Turns an answer into HTML, the same for a controller's page, a rejected form and an error page. */
@Injectable()
export class Pages {
  constructor(
    private readonly settings: CoreSettings,
    private readonly views: Views,
    private readonly messages: Messages,
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
    return this.views.render(page.view, {
      ...this.layoutData(request, page.view),
      ...this.locals.of(request),
      ...page.data,
      ...(rejected && this.rejection(rejected)),
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

  private layoutData(request: Request, view: string): object {
    return {
      brand: this.settings.brand,
      title: this.messages.text(`titles.${view}`),
      area: this.area(view),
      path: request.path,
      values: {},
      errors: {},
      // Called by the template, so that only a page with a form makes a session.
      csrfToken: () => csrfToken(request),
      notices: () => this.takeNotices(request),
    };
  }

  /** @returns what the pages of this folder have in common, for their titles */
  private area(view: string): string | null {
    const key = `areas.${view.split('/')[0]}`;
    return this.messages.has(key) ? this.messages.text(key) : null;
  }

  private takeNotices(request: Request): object[] {
    const notices = request.session?.notices ?? [];
    if (notices.length > 0 && request.method !== 'HEAD') delete request.session.notices;
    // A record can outlive the release that wrote it, and a sentence.
    const known = notices.filter(({ key }) => this.messages.has(key));
    return known.map(({ kind, key, params }) => ({
      kind,
      urgent: kind === 'danger' || kind === 'warning',
      text: this.messages.text(key, params),
    }));
  }

  private rejection({ values, errors }: RejectedForm): object {
    const sentences = Object.entries(errors).map(
      ([field, { code, params }]) => [field, this.messages.text(`errors.${code}`, params)] as const,
    );
    return {
      values,
      errors: Object.fromEntries(sentences),
      errorSummary: sentences.map(([field, sentence]) => this.summaryLine(field, sentence)),
    };
  }

  private summaryLine(field: string, sentence: string): object {
    const label = `fields.${field}.label`;
    if (!this.messages.has(label)) return { text: sentence };
    const text = this.messages.text('page.error-line', {
      field: this.messages.text(label),
      sentence,
    });
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
