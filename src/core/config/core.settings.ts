import { addressProblems } from './address-rules.js';
import type { SettingsReader } from './settings-reader.js';

/** The mode, where the application listens and is found, and what it is called. */
export class CoreSettings {
  /** Guards of a real deployment are on: strong secrets, secure cookies, JSON logs. */
  readonly production: boolean;
  /** On one's own machine, tests included. Alone may have development pages. */
  readonly development: boolean;
  /** Somebody may be editing the templates. */
  readonly editing: boolean;
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
  /** Origin that people see, without a trailing slash. Every absolute link starts with it. */
  readonly baseUrl: string;
  /** Whether people reach the site over https. */
  readonly secure: boolean;
  /** The product's name as people see it. */
  readonly brand: string;
  /** Where people find help, beside the reference of an error; empty: nowhere. */
  readonly helpUrl: string;
  /** What the names of our cookies begin with. */
  readonly cookiePrefix: string;

  constructor(read: SettingsReader) {
    const { production } = read;
    this.production = production;
    this.development = !production;
    this.editing = read.mode === 'development';
    this.port = read.wholeNumber('PORT', 3000, { least: 0, most: 65535 });
    const host = read.text('HOST');
    this.host = host || (production ? '0.0.0.0' : '127.0.0.1');
    const given = read.text('BASE_URL');
    const baseUrl = originOf(given || localAddress(this.port));
    read.problems.push(...addressProblems({ given, baseUrl, host, production }));
    this.baseUrl = baseUrl?.origin ?? '';
    this.secure = baseUrl?.protocol === 'https:';
    this.brand = read.text('BRAND', 'Latchkey');
    if (this.brand.length > 40) read.problems.push('BRAND must be 40 characters or less.');
    this.helpUrl = read.text('HELP_URL');
    if (this.helpUrl !== '' && !isLink(this.helpUrl)) {
      read.problems.push('HELP_URL must start with https://, http:// or mailto:.');
    }
    // Browsers keep one jar for all ports of a host: two copies on one machine must not share names.
    const port = baseUrl?.port ? `-${baseUrl.port}` : '';
    this.cookiePrefix = read.text('COOKIE_PREFIX', `latchkey${port}`);
    if (!/^[a-z0-9][a-z0-9-]{0,31}$/i.test(this.cookiePrefix)) {
      read.problems.push('COOKIE_PREFIX must be 1 to 32 letters, digits and hyphens.');
    }
  }
}

// A wrong PORT has a sentence of its own: here it must only give no second one.
function localAddress(port: number): string {
  const address = `http://localhost:${port}`;
  return URL.canParse(address) ? address : 'http://localhost';
}

function originOf(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url : null;
}

// Anything else could be a script.
function isLink(text: string): boolean {
  return URL.canParse(text) && /^(https?|mailto):$/.test(new URL(text).protocol);
}
