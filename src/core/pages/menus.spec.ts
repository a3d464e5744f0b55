import type { Request } from 'express';
import { Menus } from './menus.js';

/** As much of a request as a menu looks at. */
const at = (path: string, user?: object) => ({ path, user }) as Request;

let menus: Menus;
beforeEach(() => {
  menus = new Menus();
  menus.add('main', { path: '/end', label: 'end', order: 30, apart: true });
  menus.add(
    'main',
    { path: '/settings', label: 'settings', order: 20, section: true },
    { path: '/login', label: 'login', order: 10, isShown: ({ user }) => !user },
  );
  menus.add('settings', {
    path: '/settings/profile',
    label: 'profile',
    order: 10,
    state: ({ path }) => ({ text: { key: `state at ${path}` } }),
  });
});

function linesOf(menu: string, request: Request): unknown[] {
  return menus.of(request)[menu]?.() ?? [];
}

it('shows what every module has added, in the order of the numbers', () => {
  const labels = linesOf('main', at('/')).map((line) => Reflect.get(Object(line), 'label'));
  expect(labels).toEqual(['login', 'settings', 'end']);
});

it('leaves out what is not for this person', () => {
  expect(linesOf('main', at('/', { id: '1' }))).not.toContainEqual(
    expect.objectContaining({ label: 'login' }),
  );
});

it.each([
  ['main', '/login', 'login', 'page'],
  ['main', '/settings', 'settings', 'page'],
  ['main', '/settings/email', 'settings', 'true'],
  ['main', '/settingsx', 'settings', null],
  ['settings', '/settings/profile', 'profile', 'page'],
  ['settings', '/settings/email', 'profile', null],
])('marks in the menu "%s", at %s, the entry "%s" as current: %s', (menu, path, label, current) => {
  expect(linesOf(menu, at(path))).toContainEqual(expect.objectContaining({ label, current }));
});

it('marks one entry alone where a section lies below another', () => {
  const [outer, inner] = ['/settings/security', '/settings/security/passkeys'];
  menus.add(
    'settings',
    { path: outer, label: 'security', order: 20, section: true },
    { path: inner, label: 'passkeys', order: 30, section: true },
  );
  const marked = (path: string) =>
    linesOf('settings', at(path)).flatMap((line) => {
      const { label, current } = line as { label: string; current: string | null };
      return current === null ? [] : [label];
    });
  expect(marked(outer)).toEqual(['security']);
  expect(marked(`${outer}/authenticator`)).toEqual(['security']);
  expect(marked(inner)).toEqual(['passkeys']);
  expect(marked(`${inner}/add`)).toEqual(['passkeys']);
});

it('leads on to where the page that it stands on would have led, where an entry says so', () => {
  menus.add('more', { path: '/register', label: 'register', order: 10, keepsNext: true });
  const leads = (request: object) =>
    linesOf('more', { path: '/login', query: {}, ...request } as Request);
  const line = (path: string) => [expect.objectContaining({ path })];
  expect(leads({})).toEqual(line('/register'));
  expect(leads({ query: { next: '/a?b=c' } })).toEqual(line('/register?next=%2Fa%3Fb%3Dc'));
  expect(leads({ body: { next: '/a' } })).toEqual(line('/register?next=%2Fa'));
  expect(leads({ query: { next: '//evil.example' } })).toEqual(line('/register'));
});

it('tells how things are at a page only where it is asked', () => {
  const [line] = linesOf('settings', at('/there')) as {
    state: () => unknown;
  }[];
  expect(line?.state()).toEqual({ text: { key: 'state at /there' } });
});

it('knows the section that a page lies in', () => {
  expect(menus.sectionOf('/settings/email')).toBe('settings');
  expect([menus.sectionOf('/settings'), menus.sectionOf('/login')]).toEqual([null, null]);
});
