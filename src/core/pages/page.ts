import type { DomainError, MessageParams } from '../domain-error.js';
import type { Notice } from './notices.js';

/** What a template reads; `values` are those of the form's fields. */
export type PageData = Readonly<Record<string, unknown>> & {
  readonly values?: Readonly<Record<string, unknown>>;
};

/** What a controller answers with: a template and what it shows. */
export class Page {
  constructor(
    readonly view: string,
    readonly data: PageData = {},
    readonly status = 200,
    /** Key below `titles` in the message catalogue, where one view has several; its sentence may name data. */
    readonly title = view,
  ) {}

  /** What the fields of its form hold. */
  get values(): Readonly<Record<string, unknown>> {
    return this.data.values ?? {};
  }

  /** @returns the same page, showing more */
  with(data: PageData, status = this.status): Page {
    return new Page(this.view, { ...this.data, ...data }, status, this.title);
  }
}

/** What a controller answers with after a change: go to another page, by GET. */
export class SeeOther {
  readonly notices: Notice[] = [];

  /** @param path a path of this site, or a vetted address */
  constructor(readonly path: string) {}

  /** Adds a sentence that the next page shows once: `notices.<code>` of the message catalogue. */
  with(kind: Notice['kind'], code: string, params: MessageParams = {}): this {
    this.notices.push({ kind, key: `notices.${code}`, params });
    return this;
  }

  /** Says on the next page why something was not done. */
  because({ code, params }: DomainError, kind: Notice['kind'] = 'danger'): this {
    this.notices.push({ kind, key: `errors.${code}`, params });
    return this;
  }
}
