// npm run dev: compiles on every change and restarts the application. Templates need no restart.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const children = [];
let ending = false;

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
