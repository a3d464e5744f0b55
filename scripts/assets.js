// Makes the static files of dist/assets, fingerprinted and compressed, from what the sources use:
//   app.css    public/app.css on the part of Bootstrap whose classes stand in templates and scripts
//   passkeys.js  public/passkeys.js behind the library that it uses
//   marks.svg  every mark that the code names, as `'simple-icons/icons/google.svg'` or a path from here
// and the rest of public/ as it is; public/root/ keeps its names. Another project folder can be named.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { PurgeCSS } from 'purgecss';

const root = process.argv[2] ?? fileURLToPath(new URL('../', import.meta.url));
const { resolve } = createRequire(import.meta.url);
/** What is compressed already. */
const PACKED = new Set(['.png', '.ico', '.woff2']);

const folder = join(root, 'dist/assets');
const fresh = `${folder}-${process.pid}`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, 'root'), { recursive: true });

const own = filesBelow('public').filter((file) => !file.startsWith('public/marks/'));
for (const file of own) {
  const content = await contentOf(file);
  if (file.startsWith('public/root/')) keep(join('root', basename(file)), content);
  else keep(fingerprinted(basename(file), content), content);
}
const marks = sprite();
keep(fingerprinted('marks.svg', marks), marks);

// In one step, since an application may be reading them.
rmSync(folder, { recursive: true, force: true });
renameSync(fresh, folder);

async function contentOf(file) {
  if (file === 'public/app.css') return styles(file);
  const text = readFileSync(join(root, file));
  return file === 'public/passkeys.js' ? Buffer.concat([library(), Buffer.from('\n'), text]) : text;
}

/** @returns the browser's side of WebAuthn */
function library() {
  const script = resolve('@simplewebauthn/browser');
  return readFileSync(join(dirname(script), '../dist/bundle/index.umd.min.js'));
}

/** @returns our own rules on Bootstrap's, without those whose classes nothing uses */
async function styles(file) {
  const bootstrap = readFileSync(resolve('bootstrap/dist/css/bootstrap.min.css'), 'utf8');
  const users = [...filesBelow('views', '.hbs'), ...filesBelow('public', '.js')];
  const text = users.map((user) => readFileSync(join(root, user), 'utf8')).join('\n');
  // Of `alert-{{kind}}` every class that begins so.
  const beginnings = [...text.matchAll(/([a-z][\w-]*-)\{\{/g)].map(([, start]) => start);
  const rules = bootstrap + readFileSync(join(root, file), 'utf8');
  const [{ css }] = await new PurgeCSS().purge({
    content: [{ raw: text, extension: 'hbs' }],
    css: [{ raw: rules }],
    defaultExtractor: (content) => content.match(/[\w-]+/g) ?? [],
    // A state alone (`:focus-visible`) is no name that could stand in a template.
    safelist: [/^:/, ...beginnings.map((start) => new RegExp(`^${start}`))],
    // Only classes are left out: a script can set an attribute under another name (dataset.bsTheme).
    dynamicAttributes: [...rules.matchAll(/\[([\w-]+)/g)].map(([, name]) => name),
    variables: true,
    keyframes: true,
  });
  // The licence's comment stays.
  return Buffer.from(css.replaceAll(/\/\*(?!!)[^]*?\*\/\s*/g, ''));
}

/** @returns all marks in one file, so that a page needs one request for them */
function sprite() {
  const named = filesBelow('src', '.ts').flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/'([\w@.-]+\/[\w@./-]+\.svg)'/g)].map(
      ([, n]) => n,
    ),
  );
  const symbols = [...new Set(named)].map((name) => {
    const path = existsSync(join(root, name)) ? join(root, name) : resolve(name);
    const svg = readFileSync(path, 'utf8');
    const [, viewBox] = /viewBox="([^"]+)"/.exec(svg);
    const [, drawing] = /<svg[^>]*>(?:<title>.*?<\/title>)?([^]*)<\/svg>/.exec(svg);
    return `<symbol id="${basename(name, '.svg')}" viewBox="${viewBox}">${drawing.trim()}</symbol>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`);
}

/** Writes a file, and beside it what browsers that take a compressed one are sent. */
function keep(name, content) {
  const path = join(fresh, name);
  writeFileSync(path, content);
  if (PACKED.has(extname(name))) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
}

/** @returns `app.0123456789abcdef.css`: other content is another name, so browsers may keep it for ever */
function fingerprinted(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const ending = extname(name);
  return `${basename(name, ending)}.${hash}${ending}`;
}

function filesBelow(name, ending = '') {
  return readdirSync(join(root, name), { recursive: true, encoding: 'utf8' })
    .map((file) => join(name, file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith(ending) && statSync(join(root, file)).isFile())
    .toSorted();
}
