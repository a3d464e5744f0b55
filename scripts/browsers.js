// npm run browsers: what takes too long for every change, or needs browsers that no npm package brings.
//   every page and state in forced colours, and with text of twice the size, in the tests' Chromium
//   the main stories in Chromium, Firefox and WebKitGTK, and Lighthouse, each where it is installed
// More arguments go to jest: npm run browsers -- -t Firefox
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const more = process.argv.slice(2);

const looks = ['forced-light', 'forced-dark', 'large-text'];
const runs = [
  ...looks.map((look) => run(['pages/pages'], { LOOK: look })),
  run(['--testMatch', '**/*.browsers.js', '--verbose']),
];
process.exitCode = runs.every((status) => status === 0) ? 0 : 1;

function run(what, environment = {}) {
  const program = [...jest, 'node_modules/jest/bin/jest.js', '-w', '1', ...what, ...more];
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } };
  return spawnSync(process.execPath, program, options).status;
}
