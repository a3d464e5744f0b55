import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/paths.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-assets-'));
  for (const name of ['views', 'public'])
    cpSync(join(projectRoot, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, 'src'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('has every class that a template names', () => {
  const classes = classesIn(built(projectRoot, 'app', '.css'));
  const missing = namedIn(join(projectRoot, 'views')).filter(([, name]) => !classes.has(name));
  expect(missing).toEqual([]);
});

it('finds the class that no style knows', () => {
  writeFileSync(join(folder, 'views/home/banner.hbs'), '<p class="stack {{#if wide}}vast{{/if}}">');
  build();
  const classes = classesIn(built(folder, 'app', '.css'));
  const missing = namedIn(join(folder, 'views')).filter(([, name]) => !classes.has(name));
  expect(missing).toEqual([['home/banner.hbs', 'vast']]);
});

it('gets a class of Bootstrap’s by itself, at the build after a template or a script names it', () => {
  expect(classesIn(built(projectRoot, 'app', '.css'))).not.toContain('list-group-item');
  writeFileSync(join(folder, 'views/home/list.hbs'), '<li class="list-group-item badge-{{tone}}">');
  writeFileSync(join(folder, 'public/more.js'), `element.classList.add('spinner-border');`);
  writeFileSync(join(folder, 'public/app.css'), '.badge-new, .badge-old { color: red; }');
  build();
  const classes = classesIn(built(folder, 'app', '.css'));
  expect([...classes]).toEqual(
    expect.arrayContaining(['list-group-item', 'spinner-border', 'badge-new', 'badge-old']),
  );
  expect(classes).not.toContain('accordion');
});

it('the marks that the code names are in one file, a package’s and a team’s own', () => {
  mkdirSync(join(folder, 'public/marks'));
  const mark = '<svg viewBox="0 0 8 8"><title>Ours</title><path d="M0 0h8v8z"/></svg>';
  writeFileSync(join(folder, 'public/marks/ours.svg'), mark);
  const code = `icon: 'public/marks/ours.svg', icon: 'simple-icons/icons/codeberg.svg'`;
  writeFileSync(join(folder, 'src/providers.ts'), code);
  build();
  const sprite = built(folder, 'marks', '.svg');
  expect(sprite).toContain('<symbol id="ours" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></symbol>');
  expect(sprite.match(/<symbol id="\w+"/g)).toEqual(['<symbol id="ours"', '<symbol id="codeberg"']);
});

it('the build stops at a mark that is nowhere', () => {
  writeFileSync(join(folder, 'src/providers.ts'), `icon: 'simple-icons/icons/nobody.svg'`);
  expect(build).toThrow('simple-icons/icons/nobody.svg');
});

function build(): void {
  execFileSync(process.execPath, [join(projectRoot, 'scripts/assets.js'), folder], {
    stdio: 'pipe',
  });
}

function built(project: string, name: string, ending: string): string {
  const assets = join(project, 'dist/assets');
  const file = readdirSync(assets).find(
    (each) => each.startsWith(`${name}.`) && each.endsWith(ending),
  );
  return readFileSync(join(assets, file ?? ''), 'utf8');
}

function classesIn(css: string): Set<string> {
  return new Set([...css.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/g)].map(([, name = '']) => name));
}

/** @returns the classes that stand as words in the templates, each with its file */
function namedIn(views: string): [file: string, name: string][] {
  const files = readdirSync(views, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.hbs'))
    .flatMap((file) => {
      const text = readFileSync(join(views, file), 'utf8');
      const lists = [...text.matchAll(/\b(?:class|button)="((?:\{\{.*?\}\}|[^"{])*)"/g)];
      return lists.flatMap(([, list = '']) =>
        list
          // What is put together from a value is not a word here.
          .replaceAll(/[\w-]*\{\{(?![#/]|else).*?\}\}/g, ' ')
          .replaceAll(/\{\{.*?\}\}/g, ' ')
          .split(/\s+/)
          .filter(Boolean)
          .map((name): [string, string] => [file, name]),
      );
    });
}
