// npm run dev: compiles on every change and restarts the application. Templates, styles and scripts of
// the pages need no restart.
import { spawn, spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const children = [];
let ending = false;
let soon;

makeAssets();
for (const folder of ['views', 'public', 'src']) {
  const options = { recursive: true, persistent: false };
  // An editor that saves a file changes it more than once.
  watch(`${root}${folder}`, options, () => (soon ??= setTimeout(makeAssets, 100)));
}

const compiler = start(
  [tsc, '--build', '--watch', '--preserveWatchOutput', 'tsconfig.build.json', 'stub-provider'],
  'pipe',
);
let serving = false;
let tail = '';
compiler.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  // The summary can arrive in two pieces.
  tail = (tail + chunk).slice(-200);
  if (serving || !/Found 0 errors/.test(tail)) return;
  serving = true;
  start(['--watch', '--enable-source-maps', 'dist/src/main.js'], 'inherit');
});

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(0));

function makeAssets() {
  soon = undefined;
  spawnSync(process.execPath, ['scripts/assets.js'], { cwd: root, stdio: 'inherit' });
}

function start(args, stdout) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', stdout, 'inherit'] });
  children.push(child);
  // Neither is of use without the other.
  child.on('exit', (code) => end(code ?? 1));
  return child;
}

function end(code) {
  if (ending) return;
  ending = true;
  process.exitCode = code;
  for (const child of children) child.kill('SIGTERM');
}
