import { Injectable } from '@nestjs/common';
import Handlebars from 'handlebars';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CoreSettings } from '../config/core.settings.js';
import type { Message, MessageParams } from '../domain-error.js';
import { Assets } from './assets.js';
import { BUILT, HELPERS, OPTIONS, readSources } from './compiling.js';
import type { Language } from './language.js';
import { Messages } from './messages.js';

type Template = Handlebars.TemplateDelegate;

/** What every view reads. */
export interface ViewData {
  readonly language: Language;
}

/** A part of a mail: a paragraph, a link with the words on its button, or a code. */
export interface MailBlock {
  readonly text: string;
  readonly link?: string;
  readonly code?: string;
}

const require = createRequire(import.meta.url);

/**
 * The Handlebars templates. Names are paths below `views/` without the ending; those in `partials/`
 * are included by what comes after it. Handlebars' own prototype protection stays on, so a template can
 * only read an object's own properties.
 */
@Injectable()
export class Views {
  private templates = new Map<string, Template>();
  private engine = Handlebars.create();

  constructor(
    private readonly settings: CoreSettings,
    private readonly assets: Assets,
    private readonly messages: Messages,
  ) {
    this.load();
  }

  /**
   * @param view the page, such as `auth/login`; its layout includes it
   * @param data what the view and its layout read; plain objects only
   * @returns the whole document
   */
  render(view: string, data: ViewData): string {
    this.refresh();
    this.template(view);
    return this.template('layouts/page')({ ...data, view });
  }

  /** @returns a document that has no layout around it */
  document(name: string, data: ViewData & Readonly<Record<string, unknown>>): string {
    return this.template(name)(data);
  }

  /** @returns what the template of a mail says, by the helpers `mailText`, `mailLink` and `mailCode` */
  blocks(name: string, data: ViewData): readonly MailBlock[] {
    this.refresh();
    const blocks: MailBlock[] = [];
    this.template(name)(data, { data: { blocks } });
    return blocks;
  }

  // Read again while somebody edits them.
  private refresh(): void {
    if (!this.settings.editing) return;
    this.assets.load();
    this.load();
  }

  private template(name: string): Template {
    const template = this.templates.get(name);
    if (!template) throw new Error(`There is no view "${name}"`);
    return template;
  }

  private load(): void {
    this.engine = Handlebars.create();
    this.engine.registerHelper(this.helpers());
    this.templates = new Map(this.settings.editing ? this.compiled() : this.built());
    for (const [name, template] of this.templates) {
      this.engine.registerPartial(name.replace(/^partials\//, ''), template);
    }
  }

  private compiled(): [string, Template][] {
    return readSources().map(([name, source]) => [name, this.engine.compile(source, OPTIONS)]);
  }

  private built(): [string, Template][] {
    if (!existsSync(BUILT)) throw new Error('The templates are not built: npm run assets');
    // Written by the build, of functions that Handlebars made.
    const specifications = require(BUILT) as Record<string, TemplateSpecification>;
    return Object.entries(specifications).map(([name, specification]) => [
      name,
      this.engine.template(specification),
    ]);
  }

  private helpers(): Record<(typeof HELPERS)[number], Handlebars.HelperDelegate> {
    return {
      ...this.mailHelpers(),
      t: (message: string | Message, options: Handlebars.HelperOptions) =>
        typeof message === 'string'
          ? this.messages.text(languageIn(options), message, options.hash as MessageParams)
          : this.messages.text(languageIn(options), message.key, message.params),
      list: (messages: readonly Message[], options: Handlebars.HelperOptions) => {
        const language = languageIn(options);
        const texts = messages.map(({ key, params }) => this.messages.text(language, key, params));
        return language.lists.format(texts);
      },
      asset: (name: string) => this.assets.url(name),
      mark: (name: string) => this.assets.mark(name),
      concat: (...parts: unknown[]) => parts.slice(0, -1).join(''),
      or: (...values: unknown[]) => values.slice(0, -1).find(Boolean),
      and: (...values: unknown[]) => values.slice(0, -1).every(Boolean) && values.at(-2),
      encode: (value: unknown) => encodeURIComponent(String(value)),
      eq: (a: unknown, b: unknown) => a === b,
      where: (list: readonly object[], path: string) => list.filter((each) => at(each, path)),
      date: (value: Date, options: Handlebars.HelperOptions) =>
        languageIn(options).dates.format(value),
      isoDate: (value: Date) => value.toISOString().slice(0, 10),
    };
  }

  // They put nothing out: both forms of the mail are made of what they collect.
  private mailHelpers(): Record<`mail${'Text' | 'Link' | 'Code'}`, Handlebars.HelperDelegate> {
    const sentence = (key: string, options: Handlebars.HelperOptions) =>
      this.messages.textOf(languageIn(options), key, {
        ...(options.data as { root: object }).root,
        ...(options.hash as object),
      });
    return {
      mailText: (key: string, options: Handlebars.HelperOptions) => {
        blocksIn(options).push({ text: sentence(key, options) });
      },
      mailLink: (key: string, link: string, options: Handlebars.HelperOptions) => {
        blocksIn(options).push({ text: sentence(key, options), link: given(link) });
      },
      mailCode: (code: string, options: Handlebars.HelperOptions) => {
        blocksIn(options).push({ text: '', code: given(code) });
      },
    };
  }
}

// A mail without what it is sent for is worse than none.
function given(value: string): string {
  if (!value) throw new Error('The link or the code of a mail is missing');
  return value;
}

function blocksIn({ data }: Handlebars.HelperOptions): MailBlock[] {
  // Handlebars keeps here, untyped, what `blocks` gave.
  return (data as { blocks: MailBlock[] }).blocks;
}

function languageIn({ data }: Handlebars.HelperOptions): Language {
  // Handlebars keeps here, untyped, what `render` was given.
  return (data as { root: ViewData }).root.language;
}

/** @returns what stands at a dotted path */
function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (part, name) => (part instanceof Object ? Reflect.get(part, name) : null),
      value,
    );
}
