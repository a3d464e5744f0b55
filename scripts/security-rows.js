// Writes the list of security rows and their tests into docs/security.md. A test belongs to the rows
// that its name starts with: it('SE-05, SE-07 ends the session everywhere', ...).
//   node scripts/security-rows.js            rewrites the list
//   node scripts/security-rows.js --check    fails when the list is out of date
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const page = new URL('docs/security.md', root);
const START = '<!-- rows:start -->';
const END = '<!-- rows:end -->';

// A text, as the first argument of a call, that starts with one or more row ids.
const NAME = /\(\s*(['"`])((?:[A-Z]{2}-\d{2,3}(?:,\s*|\s+|:\s*))+)((?:\\.|(?!\1)[^\\])*)\1/g;

const rows = testFiles().flatMap(rowsOf).toSorted(byRow);
const old = readFileSync(page, 'utf8');
const fresh = withTable(old);

if (fresh === old) {
  console.log(`docs/security.md is up to date: ${rows.length} lines`);
} else if (process.argv.includes('--check')) {
  console.error('docs/security.md is out of date: run "node scripts/security-rows.js".');
  process.exitCode = 1;
} else {
  writeFileSync(page, fresh);
  console.log(`docs/security.md has ${rows.length} lines`);
}

function testFiles() {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .filter((file) => file.endsWith(folder === 'src' ? '.spec.ts' : '.ts')),
  );
}

function rowsOf(file) {
  const source = readFileSync(new URL(file, root), 'utf8');
  return [...source.matchAll(NAME)].flatMap(([, , ids, name]) =>
    ids.match(/[A-Z]{2}-\d{2,3}/g).map((id) => ({ id, file, name: plain(name) })),
  );
}

function plain(name) {
  return name
    .replace(/\\(['"`])/g, '$1')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

function byRow(a, b) {
  const keys = [a, b].map(({ id, file, name }) => `${id} ${file} ${name}`);
  return keys[0] < keys[1] ? -1 : keys[0] > keys[1] ? 1 : 0;
}

function withTable(text) {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) throw new Error(`docs/security.md lacks ${START} and ${END}.`);
  const lines = rows.map(({ id, file, name }) => `| ${id} | ${file} | ${name} |`);
  const table = ['| row | test file | test |', '| --- | --- | --- |', ...lines];
  const body = rows.length === 0 ? '\n' : `\n\n${table.join('\n')}\n\n`;
  return text.slice(0, start + START.length) + body + text.slice(end);
}
