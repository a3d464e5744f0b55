import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '../../app.module.js';
import { DevelopmentSecrets } from '../../core/config/development-secrets.js';
import { SettingsModule } from '../../core/config/settings.module.js';
import type { Finding } from './finding.js';
import { checkNode, checkRoom, checkSettings } from './settings.checks.js';

const DEPLOYMENT = {
  NODE_ENV: 'production',
  BASE_URL: 'https://accounts.example.org',
  MAIL_URL: 'off',
  MONGODB_URI: 'mongodb://database.internal/accounts',
  TRUST_PROXY: '10.0.0.0/8',
  SESSION_SECRET: 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u',
  PASSWORD_PEPPER: 'Xc5vBn7mQw9eRt2yUi4oPa6sDf8gHj3k',
};

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function check(variables: Record<string, string>): Finding[] {
  return checkSettings(SettingsModule.read({ DATA_DIR: dataDir, ...variables }));
}

function about(topic: string, variables: Record<string, string>): Finding | undefined {
  return check(variables).find((each) => each.topic === topic);
}

it.each([
  ['a deployment', DEPLOYMENT],
  ['development without any setting', {}],
])('finds nothing wrong with %s, and changes nothing', (_, variables) => {
  const findings = check(variables);
  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(findings.map(({ topic }) => topic)).toEqual([
    'configuration',
    'secrets',
    'cookies',
    'proxies',
    'data folder',
  ]);
  expect(readdirSync(dataDir)).toEqual([]);
});

it.each([
  ['20.18.3', 'error'],
  ['18.20.0', 'error'],
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
])('Node %s against ">=20.19" is %s', (version, level) => {
  expect(checkNode(version, '>=20.19').level).toBe(level);
});

it('finds kept secrets that others of the machine can read', () => {
  SettingsModule.forRoot({ DATA_DIR: dataDir });
  expect(about('secrets', {})).toMatchObject({ level: 'ok' });
  chmodSync(new DevelopmentSecrets(dataDir).file, 0o640);
  expect(about('secrets', {})).toMatchObject({
    level: 'error',
    text: expect.stringContaining('chmod 600'),
  });
});

it('warns of cookies that are not secure in production', () => {
  const local = { ...DEPLOYMENT, BASE_URL: 'http://localhost:3000' };
  expect(about('cookies', local)).toMatchObject({
    level: 'warning',
    text: expect.stringContaining('latchkey-3000-session, not Secure, since BASE_URL is http'),
  });
});

it('warns of https without a trusted proxy', () => {
  expect(about('proxies', { ...DEPLOYMENT, TRUST_PROXY: '' })).toMatchObject({
    level: 'warning',
    text: expect.stringContaining('TRUST_PROXY'),
  });
});

it('finds a data folder that is a file, or lies in one', () => {
  const file = join(dataDir, 'file');
  writeFileSync(file, '');
  const settings = { ...DEPLOYMENT, MONGODB_URI: 'embedded' };
  for (const DATA_DIR of [file, join(file, 'deeper', 'down')]) {
    expect(about('data folder', { ...settings, DATA_DIR })).toMatchObject({ level: 'error' });
  }
});

it('warns of a disk that is nearly full', () => {
  const gigabyte = { bavail: 262_144, bsize: 4096 };
  expect(checkRoom('/data', gigabyte)).toMatchObject({ level: 'ok' });
  expect(checkRoom('/data', { ...gigabyte, bavail: 1000 })).toMatchObject({ level: 'warning' });
});
