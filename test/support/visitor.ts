import supertest from 'supertest';

/** An answer, as much of it as tests ask about. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly location: string | null;
  readonly html: string;
  /** The page's words, without tags. */
  readonly text: string;
}

export interface RequestOptions {
  readonly headers?: Record<string, string>;
  /** The browser does not say which site the form stood on. */
  readonly unmarked?: boolean;
  /** Sent as it is; a plain object is sent as a form. */
  readonly body?: string | Record<string, string>;
}

/** The password of everybody in the tests. */
export const PASSWORD = 'three quiet harbours';

/** A person with a browser: keeps cookies, reads forms as they stand on the page, presses buttons. */
export class Visitor {
  /** That of another program on this host shows that the browser keeps them. */
  readonly cookies = new Map([['other', 'kept']]);
  /** A connection kept open may be closed by the server just when it is used again. */
  protected readonly connection: 'close' | 'keep-alive' = 'close';

  constructor(
    private readonly origin: string,
    readonly address: string,
  ) {}

  get(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.send('GET', path, options);
  }

  async send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body } = options;
    const form = typeof body === 'object' ? new URLSearchParams(body).toString() : body;
    const told = ['origin', 'sec-fetch-site'].some((name) => name in (options.headers ?? {}));
    const marked = method === 'POST' && !options.unmarked && !told;
    const call = new supertest.Test(this.origin, method, path);
    if (form !== undefined) void call.send(form);
    const response = await call.set({
      accept: 'text/html',
      // As BASE_URL has it: by another name of this machine a page leads there first.
      host: new URL(this.origin).host.replace('127.0.0.1', 'localhost'),
      connection: this.connection,
      'x-forwarded-for': this.address,
      ...(this.cookies.size > 0 && { cookie: this.cookieHeader() }),
      ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(marked && { 'sec-fetch-site': 'same-origin' }),
      ...options.headers,
    });
    const headers = headersOf(response);
    for (const cookie of headers.getSetCookie()) this.keep(cookie);
    const html = response.text ?? '';
    return {
      status: response.status,
      headers,
      location: headers.get('location'),
      html,
      text: words(html),
    };
  }

  /** Opens the page, fills in its form and presses the button. */
  async submit(path: string, values: Record<string, string>, action = path): Promise<Answer> {
    const page = await this.get(path);
    return this.send('POST', action, { body: { ...hiddenFields(page.html), ...values } });
  }

  /** The token of the form on a page. */
  async token(path: string): Promise<string> {
    return hiddenFields((await this.get(path)).html)['_csrf'] ?? '';
  }

  register(username: string, more: Record<string, string> = {}): Promise<Answer> {
    return this.submit('/register', {
      email: `${username}@example.com`,
      username,
      name: `The real ${username}`,
      password: PASSWORD,
      passwordAgain: PASSWORD,
      ...more,
    });
  }

  login(identifier: string, password = PASSWORD, more: Record<string, string> = {}) {
    return this.submit('/login', { identifier, password, ...more });
  }

  /** Types the code of a mail. */
  typeCode(code: string, more: Record<string, string> = {}): Promise<Answer> {
    return this.submit('/settings/email', { code, ...more }, '/settings/email/code');
  }

  logout(): Promise<Answer> {
    return this.submit('/', {}, '/logout');
  }

  /** Deletes the account: the user name typed, and whatever else is asked for. */
  async deleteAccount(more: Record<string, string> = { currentPassword: PASSWORD }) {
    return this.submit('/settings/delete', { confirmation: (await this.whoami()) ?? '', ...more });
  }

  /** The user name that the settings show, or null while signed out. */
  async whoami(): Promise<string | null> {
    const page = await this.get('/settings/profile');
    return page.status === 200
      ? (/name="username"[^>]*?value="([^"]*)"/.exec(page.html)?.[1] ?? null)
      : null;
  }

  /** The same browser, copied: what a thief of its cookies has. */
  copy(): Visitor {
    const other = new Visitor(this.origin, this.address);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  private cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  private keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split(';');
    const [name = '', value = ''] = pair.split('=');
    const gone = attributes.some((each) => /expires=Thu, 01 Jan 1970/i.test(each));
    if (gone) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function headersOf({ headers }: supertest.Response): Headers {
  // As Node has them: a header that came several times is a list.
  const entries = Object.entries(headers as Record<string, string | string[]>);
  return new Headers(
    entries.flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    ),
  );
}

function hiddenFields(html: string): Record<string, string> {
  const main = html.slice(Math.max(0, html.indexOf('<main')));
  const inputs = [
    ...(main.includes('_csrf') ? main : html).matchAll(
      /<input type="hidden" name="([^"]+)" value="([^"]*)">/g,
    ),
  ];
  return Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, value]));
}

function words(html: string): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#x27;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}
