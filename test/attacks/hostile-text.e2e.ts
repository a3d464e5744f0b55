import { startApp, type TestApp } from '../support/app.js';
import { FORMS } from '../support/forms.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('IN-06, XS-01 what is typed stays text', async () => {
  const visitor = await app.person('canary');
  const name = '<script>alert(1)</script>{{7*7}}"onload=x';
  await visitor.submit('/settings/profile', { username: 'canary', name });
  for (const path of ['/', '/settings/profile']) {
    const page = await visitor.get(path);
    expect(page.html).not.toContain('<script>alert');
    expect(page.html).toContain('{{7*7}}');
  }
});

it('IN-07 a pattern is text: it finds nobody, and takes no longer than a name', async () => {
  await app.person('aaaa');
  const visitor = app.visitor();
  const token = await visitor.token('/login');
  /** Milliseconds of the processor's time. */
  const cost = async (identifier: string, path: string) => {
    const begin = process.cpuUsage();
    const field = path === '/login' ? 'identifier' : 'email';
    const body = { ...FORMS[path], _csrf: token, [field]: identifier };
    // From nowhere, so that only the account's limit is kept.
    const headers = { 'x-forwarded-for': 'unknown' };
    const { status } = await visitor.send('POST', path, { body, headers });
    expect([identifier.slice(0, 40), status]).toEqual([identifier.slice(0, 40), 422]);
    return process.cpuUsage(begin).user / 1000;
  };
  for (const hostile of [
    '.*',
    '^a',
    'aaa.',
    '^aaaa$',
    '/aaaa/',
    `(a+)+$${'a'.repeat(30)}!`,
    `${'a'.repeat(5000)}!`,
    'a@'.repeat(3000),
    `a@${'a.'.repeat(3000)}`,
    `${'a.'.repeat(3000)}@a.com`,
    `"${'\\'.repeat(2000)}`,
    `a@${'\u00e4'.repeat(1000)}.com`,
    '\ufdfa'.repeat(1000),
    ' '.repeat(5000) + 'x'.repeat(5000),
    '\u0345'.repeat(1000),
  ]) {
    for (const path of ['/login', '/register']) {
      expect(await cost(hostile, path)).toBeLessThan(500);
    }
  }
});

let exact = 0;

describe('text that is not UTF-8', () => {
  it.each([
    ['a byte of Latin-1', 'secret%E9secret'],
    ['half of a character', 'secret%C3secret'],
    ['a longer spelling than needed', 'secret%C0%AFsecret'],
    ['half of a surrogate pair', 'secret%ED%A0%80secret'],
    ['a percent sign that encodes nothing', 'secret%zzsecret'],
  ])('IN-09 is refused in every form, so that two passwords are never one: %s', async (_, text) => {
    const visitor = await app.person(`exact-${++exact}`);
    const stranger = app.visitor();
    for (const [who, path, fields] of [
      [
        stranger,
        '/register',
        'username=two&email=two@example.com&name=&password=X&passwordAgain=X',
      ],
      [
        stranger,
        '/register',
        'username=two&email=two@example.com&name=X&password=a&passwordAgain=a',
      ],
      [stranger, '/login', 'identifier=two&password=X'],
      [visitor, '/settings/profile', 'username=two&name=X'],
      [visitor, '/settings/password', 'currentPassword=X&newPassword=X&newPasswordAgain=X'],
      [visitor, '/settings/email', 'email=two@example.com&currentPassword=X'],
    ] as const) {
      const token = await who.token(path);
      const body = `${fields.replaceAll('X', text)}&_csrf=${token}`;
      const answer = await who.send('POST', path, { body });
      expect([path, answer.status]).toEqual([path, 400]);
      expect(answer.text).toContain('We couldn’t read that request');
    }
    expect((await app.users()).filter(({ username }) => username === 'two')).toEqual([]);
    const honest = await visitor.submit('/settings/profile', {
      username: `exact-${exact}`,
      name: '100 % Zoë \ufffd 😀',
    });
    expect(honest.status).toBe(303);
  });

  it('IN-09 is refused in a query that a page reads and in a path, and a cookie of it is nobody’s', async () => {
    const visitor = app.visitor();
    expect((await visitor.get('/login?next=%2F%E9')).status).toBe(400);
    expect((await visitor.get('/users/%E9')).status).toBe(400);
    const cookie = 'session=s%3A%E9%E9; devices=%E9';
    expect((await visitor.get('/settings/profile', { headers: { cookie } })).location).toMatch(
      /^\/login/,
    );
  });
});

describe('what is typed', () => {
  const CANARY = `canary"'<>\`&{{1111*1111}}{{{x}}}\${1111*1111}`;
  const MARKUP = `"><img src=x onerror=alert(1)></title><script>alert(2)</script><!--`;

  function inert(html: string): void {
    expect(html).not.toMatch(/canary["'<>`]/);
    expect(html).not.toMatch(/<img(?! src="\/assets\/)|<script>|<!--|1234321/i);
    for (const [, url] of html.matchAll(/(?:href|src|action)="([^"]*)"/g))
      expect(url).toMatch(/^[/#?]/);
  }

  it('XS-01, IN-06 stays text in every page that shows it again', async () => {
    const visitor = await app.person('canary-two');
    for (const hostile of [
      CANARY,
      MARKUP,
      '{{constructor.constructor}}',
      '{{> (lookup . "x")}}',
      'javascript:alert(1)',
    ]) {
      const again = [
        await visitor.submit('/settings/profile', { username: hostile, name: hostile }),
        await visitor.submit('/settings/email', { email: hostile, currentPassword: 'x' }),
        await app.visitor().login(hostile, 'x', { next: hostile, remember: hostile }),
        await app
          .visitor()
          .register('x', { username: hostile, email: hostile, name: hostile, next: hostile }),
      ];
      for (const { status, html } of again) {
        expect(status).toBe(422);
        inert(html);
      }
      expect(again[2]?.html).toContain(hostile.startsWith('canary') ? 'canary&quot;' : 'value="');
      const path = encodeURIComponent(hostile);
      for (const target of [
        `/${path}`,
        `/users/${path}`,
        `/login?next=${path}`,
        `/register?next=${path}`,
        `/?x=${path}`,
      ]) {
        const headers = { 'user-agent': 'canary"<script>', referer: 'http://x/?canary"<script>' };
        const { status, html } = await app.visitor().get(target, { headers });
        expect(status).toBeLessThan(500);
        inert(html);
      }
    }
  });

  it('XS-01, IN-06 stays text when it is stored', async () => {
    const visitor = app.visitor();
    const email = `"'{{1111*1111}}&`.replace('"', '') + '@example.com';
    expect((await visitor.register('stored', { name: CANARY, email })).status).toBe(303);
    const shown: string[] = [];
    for (const path of ['/', '/settings/profile', '/settings/email', '/logout']) {
      const { html } = await visitor.get(path);
      inert(html);
      shown.push(html);
    }
    expect(shown.join('')).toContain('canary&quot;&#x27;&lt;&gt;&#x60;&amp;{{1111*1111}}');
    for (const name of [
      MARKUP,
      '<svg/onload=alert(1)>',
      'javascript:alert(1)',
      '{{#with "s"}}{{this}}{{/with}}',
    ]) {
      expect((await visitor.submit('/settings/profile', { username: 'stored', name })).status).toBe(
        303,
      );
      for (const path of ['/', '/settings/profile']) {
        const { html, text } = await visitor.get(path);
        inert(html);
        if (path === '/') expect(text.replace(/&#x3D;/g, '=')).toContain(name.slice(0, 12));
      }
    }
  });
});

it('IN-12, OA-15 a login or a registration never leads to another site, nor to an action', async () => {
  const person = await app.person('redirected');
  for (const next of [
    '//evil.example',
    '/\\evil',
    'https:evil',
    'https://evil.example',
    '/.//evil',
    '/%2e//evil',
    'javascript:alert(1)',
    '/a\tb',
    '/a\r\nLocation: //evil',
    '\t//evil',
    `http://localhost@evil.example`,
    'localhost.evil.example',
    `/${'a'.repeat(5000)}`,
    `/${'ä'.repeat(500)}`,
  ]) {
    const answer = await app.visitor().login('redirected', PASSWORD, { next });
    expect([answer.status, answer.location]).toEqual([303, '/']);
  }
  const register = await app.visitor().register('redirected-2', { next: '//evil.example' });
  expect([register.status, register.location]).toEqual([303, '/']);
  for (const next of ['/settings?x=1', '/%5cevil', '/logout', '/settings/delete']) {
    const visitor = app.visitor();
    const answer = await visitor.login('redirected', PASSWORD, { next });
    expect([answer.status, answer.location]).toEqual([303, next]);
    expect(new URL(answer.location ?? '', app.origin).origin).toBe(app.origin);
    await visitor.get(next);
    expect(await visitor.whoami()).toBe('redirected');
  }
  const visitor = app.visitor();
  const token = await visitor.token('/login');
  const twice = `_csrf=${token}&identifier=redirected&next=/settings&next=//evil&password=${encodeURIComponent(PASSWORD)}`;
  expect((await visitor.send('POST', '/login', { body: twice })).status).toBe(400);
  const referer = { referer: 'https://evil.example/', 'x-forwarded-host': 'evil.example' };
  const _csrf = await person.token('/settings/profile');
  const body = { _csrf, username: 'redirected', name: 'R' };
  expect(
    (await person.send('POST', '/settings/profile', { body, headers: referer })).location,
  ).toBe('/settings/profile');
});
