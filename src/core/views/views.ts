import { Injectable } from '@nestjs/common';
import Handlebars from 'handlebars';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreSettings } from '../config/core.settings.js';
import { projectRoot } from '../paths.js';
import { Assets } from './assets.js';
import { Messages } from './messages.js';

type Template = Handlebars.TemplateDelegate;

/** Such as "24 November 2026": the same day for everybody, with no doubt which number is the month. */
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

const FOLDER = join(projectRoot, 'views');

/**
 * The Handlebars templates. Names are paths below `views/` without the ending; those in `partials/`
 * can be included by any other. Handlebars' own prototype protection stays on, so a template can
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
   * @param name the page, such as `auth/login`
   * @param data what the page and the layout read; plain objects only
   * @returns the whole document
   */
  render(name: string, data: object): string {
    // Read again while somebody edits them.
    if (this.settings.editing) this.load();
    const body = this.template(name)(data);
    return this.template('layouts/page')({ ...data, body });
  }

  private template(name: string): Template {
    const template = this.templates.get(name);
    if (!template) throw new Error(`There is no view "${name}"`);
    return template;
  }

  private load(): void {
    this.engine = Handlebars.create();
    this.engine.registerHelper(this.helpers());
    const knownHelpers = Object.fromEntries(Object.keys(this.helpers()).map((key) => [key, true]));
    this.templates = new Map();
    for (const file of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.hbs')) continue;
      const name = file.slice(0, -'.hbs'.length).replaceAll('\\', '/');
      const source = readFileSync(join(FOLDER, file), 'utf8');
      const template = this.engine.compile(source, { knownHelpers, knownHelpersOnly: true });
      this.templates.set(name, template);
      if (name.startsWith('partials/')) {
        this.engine.registerPartial(name.slice('partials/'.length), template);
      }
    }
  }

  private helpers(): Record<string, Handlebars.HelperDelegate> {
    return {
      t: (key: string, options: Handlebars.HelperOptions) =>
        this.messages.text(key, options.hash as Record<string, string>),
      asset: (name: string) => this.assets.url(name),
      concat: (...parts: unknown[]) => parts.slice(0, -1).join(''),
      eq: (a: unknown, b: unknown) => a === b,
      or: (...values: unknown[]) => values.slice(0, -1).find(Boolean),
      and: (...values: unknown[]) => values.slice(0, -1).every(Boolean) && values.at(-2),
      encode: (value: unknown) => encodeURIComponent(String(value)),
      date: (value: Date) => DATE.format(value),
      isoDate: (value: Date) => value.toISOString().slice(0, 10),
    };
  }
}
