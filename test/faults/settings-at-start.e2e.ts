import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRODUCTION, useProcesses } from '../support/process.js';

const processes = useProcesses();

it('SE-13, FA-13 refuses to start on bad settings, says each reason and never the value', async () => {
  const app = await processes.start({
    NODE_ENV: 'production',
    BASE_URL: 'http://accounts.example.org',
    SESSION_SECRET: 'short-value',
    TRUST_PROXY: 'true',
  });
  expect(await app.exit()).toBe(1);
  for (const name of [
    'BASE_URL',
    'SESSION_SECRET',
    'PASSWORD_PEPPER',
    'TRUST_PROXY',
    'MONGODB_URI',
  ]) {
    expect(app.output).toContain(name);
  }
  expect(app.output).not.toContain('short-value');
  expect(app.output).not.toContain('    at ');
});

it('S05 takes its settings from an env file too, and the environment goes before it', async () => {
  writeFileSync(join(processes.folder, '.env'), 'BRAND=Filed\nBCRYPT_COST=nonsense\n');
  const app = await processes.start({ BCRYPT_COST: '4' });
  await app.answers('/health/ready', 200);
  expect((await app.visitor().get('/')).html).toContain('<title>Home · Filed</title>');
});

it('FA-13, LE-02 refuses to start in production on keys that are half set, examples, or go over http', async () => {
  const keys = { GOOGLE_CLIENT_ID: '4711.apps', GOOGLE_CLIENT_SECRET: 'GOCSPX-9f2k' };
  const app = await processes.start({
    ...PRODUCTION,
    ...keys,
    GOOGLE_TOKEN_URL: 'http://127.0.0.1:9/token',
    GITHUB_CLIENT_ID: 'Iv1.4711',
    FACEBOOK_CLIENT_ID: '4711',
    FACEBOOK_CLIENT_SECRET: 'change-me-b8f3c9',
  });
  expect(await app.exit()).toBe(1);
  expect(app.output).toContain('GOOGLE_TOKEN_URL must be an absolute https:// address.');
  expect(app.output).toContain('GITHUB_CLIENT_SECRET is missing, though GITHUB_CLIENT_ID is set');
  expect(app.output).toContain('FACEBOOK_CLIENT_SECRET looks like an example.');
  expect(app.output).not.toMatch(/b8f3c9|9f2k|\n {4}at /);

  const good = await processes.start({ ...PRODUCTION, ...keys });
  await good.answers('/health/ready', 200);
  expect((await good.visitor().get('/login')).html).toContain('action="/oauth/google"');
  // Nothing of development is there.
  for (const path of ['/development/oauth', '/development/oauth/google']) {
    expect((await good.visitor().get(path)).status).not.toBe(200);
  }
  expect(good.output).not.toContain('stub');
});
