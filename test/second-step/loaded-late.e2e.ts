import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/paths.js';
import { PRODUCTION, useProcesses } from '../support/process.js';

const LISTING = new URL('../support/loaded-scripts.js', import.meta.url).href;

const WEBAUTHN = '@simplewebauthn/server';
/** What no page needs until somebody uses a passkey or an authenticator app. */
const LATE = [WEBAUTHN, 'otpauth', 'uqr'];

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};

/** The packages and whatever they depend on. */
function withDependencies(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names.filter((each) => !found.has(each))) {
    found.add(name);
    const { dependencies = {} } = packages[`node_modules/${name}`] ?? {};
    withDependencies(Object.keys(dependencies), found);
  }
  return found;
}

/** The packages that are installed for these alone: some of what they depend on, Nest needs as well. */
function broughtBy(names: readonly string[]): string[] {
  const others = Object.keys(packages['']?.dependencies ?? {}).filter(
    (name) => !LATE.includes(name),
  );
  const needed = withDependencies(others);
  return [...withDependencies(names)].filter((name) => !needed.has(name));
}

const processes = useProcesses();

it('loads nothing of WebAuthn, of one-time passwords and of QR codes before somebody uses them', async () => {
  const list = join(processes.folder, 'loaded-scripts');
  const packagesLoaded = () => {
    const lines = readFileSync(list, 'utf8').matchAll(/.*\/node_modules\/((?:@[^/]+\/)?[^/\n]+)/g);
    return new Set(Array.from(lines, ([, name = '']) => name));
  };
  const late = () => broughtBy(LATE).filter((name) => packagesLoaded().has(name));
  const app = await processes.start({
    ...PRODUCTION,
    NODE_OPTIONS: `--import=${LISTING}`,
    LOADED_SCRIPTS: list,
  });
  await app.answers('/health/ready', 200);
  const visitor = app.visitor();
  await visitor.register('early');
  await visitor.logout();
  await visitor.login('early');
  for (const page of ['/', '/settings', '/settings/security', '/settings/security/passkeys']) {
    expect((await visitor.get(page)).status).toBe(200);
  }
  expect(packagesLoaded()).toContain('@nestjs/core');
  expect(late()).toEqual([]);

  const options = await app.visitor().send('POST', '/login/passkey/options', { body: {} });
  expect(options.status).toBe(200);
  expect(late()).toEqual(expect.arrayContaining([WEBAUTHN, '@peculiar/x509']));
  expect(late().filter((name) => !broughtBy([WEBAUTHN]).includes(name))).toEqual([]);

  await visitor.get('/settings/security/authenticator');
  expect(late()).toEqual(expect.arrayContaining(['otpauth', 'uqr']));
});
