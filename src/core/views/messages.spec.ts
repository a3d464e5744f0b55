import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { projectRoot } from '../paths.js';
import { ENGLISH, LANGUAGES } from './language.js';
import { Messages, readCatalogues } from './messages.js';

const SENTENCES = readCatalogues(join(projectRoot, 'views/messages'), LANGUAGES);
const english = SENTENCES.get(ENGLISH.tag) ?? new Map<string, string | IntlMessageFormat>();

describe('the message catalogue', () => {
  const messages = new Messages();

  it('puts values into a sentence', () => {
    expect(messages.text(ENGLISH, 'notices.welcome', { username: '<ada>' })).toBe(
      'Welcome, <ada>.',
    );
  });

  it('counts as the language counts', () => {
    const sentence = (max: number) => messages.text(ENGLISH, 'errors.too-long', { max });
    expect(sentence(1)).toBe('Use at most 1 character.');
    expect(sentence(80)).toBe('Use at most 80 characters.');
  });

  it('refuses a key that it lacks, and a sentence without its values', () => {
    expect(() => messages.text(ENGLISH, 'errors.nothing')).toThrow('no "errors.nothing"');
    expect(() => messages.text(ENGLISH, 'notices.welcome')).toThrow('username');
  });

  it('finds no sentence for what another release has stored', () => {
    expect(messages.find(ENGLISH, 'notices.nothing')).toBeNull();
    expect(messages.find(ENGLISH, 'notices.welcome', { name: 'Ada' })).toBeNull();
    expect(messages.find(ENGLISH, 'notices.welcome', { username: 'ada' })).toBe('Welcome, ada.');
  });
});

describe('stops the start at', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-messages-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each<[string, Record<string, object>, RegExp]>([
    ['a broken sentence', { 'en/core.json': { a: { b: 'Hello, {name' } } }, /core\.json: "a\.b"/],
    [
      'a plural without its other form',
      { 'en/core.json': { a: '{n, plural, one {day}}' } },
      /no ICU message/,
    ],
    ['a sentence that stands twice', { 'en/a.json': { a: 'A' }, 'en/b.json': { a: 'B' } }, /twice/],
    [
      'a sentence that one language lacks',
      { 'en/a.json': { a: 'A', b: 'B' }, 'de/a.json': { b: 'B' } },
      /"de" lack a$/,
    ],
    [
      'a sentence that only another language has',
      { 'en/a.json': { a: 'A' }, 'de/a.json': { a: 'A', b: 'B' } },
      /"en" lack b$/,
    ],
  ])('%s', (_, files, complaint) => {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), JSON.stringify(content));
    }
    const languages = readdirSync(folder).map((tag) => ({ tag }));
    expect(() => readCatalogues(folder, languages)).toThrow(complaint);
  });
});

describe.each([...SENTENCES])('the sentences in "%s"', (tag, sentences) => {
  it('have no straight apostrophe, which quotes a brace that it stands before', () => {
    const folder = join(projectRoot, 'views/messages', tag);
    for (const file of readdirSync(folder)) {
      expect([file, readFileSync(join(folder, file), 'utf8').match(/'/g)]).toEqual([file, null]);
    }
  });

  it('have every form of a plural that the language has', () => {
    const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
    for (const [key, sentence] of sentences) {
      for (const forms of pluralsOf(astOf(sentence))) {
        const named = forms.filter((form) => !form.startsWith('='));
        expect([key, named.toSorted()]).toEqual([key, pluralCategories.toSorted()]);
      }
    }
  });

  it('name the same values as in English', () => {
    for (const [key, sentence] of sentences) {
      const names = [...namesIn(astOf(english.get(key)))].toSorted();
      expect([key, [...namesIn(astOf(sentence))].toSorted()]).toEqual([key, names]);
    }
  });
});

describe('what the code names', () => {
  const templates = filesBelow('views', '.hbs');
  const sources = filesBelow('src', '.ts').filter(([file]) => !file.endsWith('.spec.ts'));
  const forms = sources.filter(([file]) => /(?:fields|\.forms?)\.ts$/.test(file));
  const named = (files: typeof sources, pattern: RegExp) =>
    files.flatMap(([, text]) => [...text.matchAll(pattern)].map(([, name = '']) => name));
  const mails = templates.flatMap(([file]) => {
    const [, kind] = /^mail\/(?!layout)(.+)\.hbs$/.exec(file) ?? [];
    return kind ?? [];
  });
  const views = templates.map(([file]) => file.replace(/\.hbs$/, ''));

  it('is a view with a title', () => {
    const pages = named(sources, /(?:new Page|@Form)\(\s*'([^']+)'/g);
    expect(pages.length).toBeGreaterThan(15);
    for (const page of pages) expect(views).toContain(page);
    // One page says every error, and each of them has its own title.
    for (const page of pages.filter((name) => name !== 'core/error')) {
      expect([...english.keys()]).toContain(`titles.${page}`);
    }
  });

  it.each<[string, string[]]>([
    ['a sentence of a template', named(templates, /[{(](?:t|mailText|mailLink) "([^"]+)"/g)],
    ['the subject of a mail', mails.map((kind) => `mails.${kind}.subject`)],
    ['the label of a field', inputs().map(([name]) => `fields.${name}.label`)],
    [
      'the hint of a field',
      inputs().flatMap(([name, rest]) => (/ hint=/.test(rest) ? [`fields.${name}.hint`] : [])),
    ],
    ['a button', named(templates, /submit="([^"]+)"/g).map((name) => `buttons.${name}`)],
    [
      'a notice',
      named(sources, /\.with\(\s*'\w+',\s*'([\w-]+)'/g).map((code) => `notices.${code}`),
    ],
    ['an error', named(sources, /\bcode = '([\w-]+)'/g).map((code) => `errors.${code}`)],
    [
      'a rule of a field',
      named(forms, /(?<!from )'(required|[a-z]+(?:-[a-z]+)+)'/g).map((code) => `errors.${code}`),
    ],
    ['the words of a menu', named(sources, /label: '([^']+\.[^']+)'/g)],
    ['what people call a thing', named(sources, /\bkey: '([^']+\.[^']+)'/g)],
  ])('%s has its sentence', (_, keys) => {
    expect(keys).not.toEqual([]);
    expect(keys.filter((key) => !english.has(key))).toEqual([]);
  });

  it('is every sentence of the catalogue', () => {
    const all = [...templates, ...sources].map(([, text]) => text).join('\n');
    const isNamed = (key: string) => {
      const code = key.replace(
        /^(?:titles|errors|notices|links|buttons|fields)\.|\.(?:label|hint|required)$/g,
        '',
      );
      // As it stands, or put together from the name of its kind and the rest.
      const names = [key, code, key.replace(/^[^.]+/, '')];
      // A family by the names of its members, each of which is a name somewhere in the sources.
      const [, family, member] =
        /^([\w-]+\.events|mails|activity\.kinds)\.([\w-]+?)(?:\.about)?$/.exec(key) ?? [];
      if (family !== undefined) names.push(`${member}`);
      return names.some((name) => new RegExp(`['"]${name}['"]|\\b${name}[?]?: string;`).test(all));
    };
    // The pages of errors go by their status, the subjects of mails by their templates.
    const byName = [...english.keys()].filter(
      (key) => !/^(?:titles\.error-|error-pages\.|mails\.[\w-]+\.subject$)/.test(key),
    );
    expect(byName.filter((key) => !isNamed(key))).toEqual([]);
  });

  function inputs(): [name: string, rest: string][] {
    return templates.flatMap(([, text]) =>
      [...text.matchAll(/\{\{> (?:field|password|checkbox) name="(\w+)"([^}]*)/g)].map(
        ([, name = '', rest = '']): [string, string] => [name, rest],
      ),
    );
  }
});

type Ast = ReturnType<IntlMessageFormat['getAst']>;

function astOf(sentence: string | IntlMessageFormat | undefined): Ast {
  return sentence instanceof IntlMessageFormat ? sentence.getAst() : [];
}

/** @returns the forms that each plural of a sentence has */
function pluralsOf(ast: Ast): string[][] {
  return ast.flatMap((element) => {
    if (!('options' in element)) return [];
    const inner = Object.values(element.options).flatMap(({ value }) => pluralsOf(value));
    return 'offset' in element ? [Object.keys(element.options), ...inner] : inner;
  });
}

/** @returns the names of the values that a sentence puts in */
function namesIn(ast: Ast): Set<string> {
  const LITERAL = 0;
  return new Set(
    ast.flatMap((element) => {
      if (!('value' in element) || element.type.valueOf() === LITERAL) return [];
      const inner = 'options' in element ? Object.values(element.options) : [];
      return [element.value, ...inner.flatMap(({ value }) => [...namesIn(value)])];
    }),
  );
}

function filesBelow(folder: string, ending: string): [file: string, text: string][] {
  const root = join(projectRoot, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]);
}
