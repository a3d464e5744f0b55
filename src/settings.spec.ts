import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import './app.module.js';
import type { PasswordSettings } from './auth/passwords/password.settings.js';
import type { CoreSettings } from './core/config/core.settings.js';
import type { Environment } from './core/config/environment.js';
import { InvalidConfiguration } from './core/config/invalid-configuration.js';
import { secretProblem } from './core/config/secret-strength.js';
import { SettingsModule } from './core/config/settings.module.js';
import type { SealSettings } from './core/crypto/seal.settings.js';
import type { DatabaseSettings } from './core/database/database.settings.js';
import type { HttpSettings } from './core/http/http.settings.js';
import { projectRoot } from './core/paths.js';

const strong = () => randomBytes(32).toString('base64url');

let dataDir: string;
let deployment: Record<string, string>;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
  deployment = {
    NODE_ENV: 'production',
    BASE_URL: 'https://accounts.example.com',
    MONGODB_URI: 'mongodb://database.internal:27017/accounts',
    MAIL_URL: 'off',
    SESSION_SECRET: strong(),
    PASSWORD_PEPPER: strong(),
    DATA_DIR: dataDir,
  };
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function inProduction(changes: Environment = {}): AllSettings {
  return readAll({ ...deployment, ...changes });
}

function inDevelopment(changes: Environment = {}): AllSettings {
  return readAll({ DATA_DIR: dataDir, ...changes });
}

/** The settings of all classes as one object. */
type AllSettings = CoreSettings & DatabaseSettings & HttpSettings & PasswordSettings & SealSettings;

function readAll(environment: Environment): AllSettings {
  SettingsModule.forRoot(environment);
  const configuration = SettingsModule.read(environment);
  const all = configuration.classes.map((kind) => configuration.get(kind));
  expect(all.every((settings) => Object.isFrozen(settings))).toBe(true);
  return Object.assign({}, ...all) as AllSettings;
}

function problemsOf(read: () => AllSettings): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    return error.problems;
  }
}

describe('a deployment', () => {
  it('is read from its environment, and nothing in it can change', () => {
    const config = inProduction({ TRUST_PROXY: 'loopback, 10.0.0.0/8,2001:db8::/32,192.0.2.1' });
    expect(config).toMatchObject({
      production: true,
      development: false,
      secure: true,
      port: 3000,
      host: '0.0.0.0',
      baseUrl: 'https://accounts.example.com',
      bcryptCost: 12,
      minLength: 8,
      brand: 'Latchkey',
      trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8::/32', '192.0.2.1'],
      secrets: [deployment['SESSION_SECRET']],
    });
  });

  it('may have several secrets, the newest first', () => {
    const [newest, oldest] = [strong(), strong()];
    const config = inProduction({ PASSWORD_PEPPER: `${newest}, ${oldest}` });
    expect(config.peppers).toEqual([newest, oldest]);
  });

  it('may be tried on one machine over http, with the built-in database', () => {
    const config = inProduction({ BASE_URL: 'http://localhost:3000', MONGODB_URI: 'embedded' });
    expect(config).toMatchObject({ development: false, secure: false, mongodbUri: '' });
  });

  it('is explained in .env.example, every variable of it', () => {
    const explained = readFileSync(join(projectRoot, '.env.example'), 'utf8');
    for (const name of SettingsModule.read(deployment).reader.names) {
      // The addresses of providers are named by their ends.
      const [, end] = /^[A-Z]+(_[A-Z]+_URL|_ISSUER)$/.exec(name) ?? [];
      if (end && end !== '_BASE_URL') expect(explained).toContain(end);
      else expect(explained).toMatch(new RegExp(`^${name}=$`, 'm'));
    }
  });

  it('has its secrets made by scripts/secrets.js, every one, each time others', () => {
    const script = join(projectRoot, 'scripts/secrets.js');
    const [once, again] = [1, 2].map(() =>
      parseEnv(execFileSync(process.execPath, [script], { encoding: 'utf8' })),
    );
    const { secretNames } = SettingsModule.read({ ...deployment, ...once }).reader;
    expect(Object.keys(once ?? {}).toSorted()).toEqual(secretNames.toSorted());
    for (const name of secretNames) expect(again?.[name]).not.toBe(once?.[name]);
  });

  it('leaves no trailing slash on the address', () => {
    expect(inProduction({ BASE_URL: 'https://accounts.example.com/' }).baseUrl).toBe(
      'https://accounts.example.com',
    );
  });

  it('FA-13 makes no secrets of its own', () => {
    problemsOf(() => inProduction({ SESSION_SECRET: '', PASSWORD_PEPPER: '' }));
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it.each([
    ['no session secret', { SESSION_SECRET: undefined }, /^SESSION_SECRET is missing/],
    ['an empty session secret', { SESSION_SECRET: '' }, /^SESSION_SECRET is missing/],
    ['a session secret of commas', { SESSION_SECRET: ' , ,' }, /^SESSION_SECRET is missing/],
    ['no pepper', { PASSWORD_PEPPER: undefined }, /^PASSWORD_PEPPER is missing/],
    ['a short secret', { SESSION_SECRET: 'x9K2-mQ8_vB4' }, /^SESSION_SECRET is shorter than 32/],
    [
      'an example secret',
      { SESSION_SECRET: 'change-me-x9K2mQ8vB4zL7pT3wR6yN1cD5' },
      /^SESSION_SECRET looks like an example/,
    ],
    [
      'an example pepper',
      { PASSWORD_PEPPER: 'Your-Secret-x9K2mQ8vB4zL7pT3wR6yN1c' },
      /^PASSWORD_PEPPER looks like an example/,
    ],
    ['a repeated letter', { SESSION_SECRET: 'a'.repeat(64) }, /^SESSION_SECRET repeats itself/],
    [
      'a repeated text',
      { SESSION_SECRET: 'x9K2mQ8vB4zL7'.repeat(3) },
      /^SESSION_SECRET repeats itself/,
    ],
    [
      'rows of the keyboard',
      { SESSION_SECRET: 'qwertyuiopasdfghjklzxcvbnm123456' },
      /^SESSION_SECRET follows the keyboard/,
    ],
    [
      'rows of the keyboard in base64',
      { SESSION_SECRET: Buffer.from('qwertyuiopasdfghjklzxcvbnm').toString('base64') },
      /^SESSION_SECRET follows the keyboard/,
    ],
    [
      'the alphabet in hexadecimal',
      { SESSION_SECRET: Buffer.from('abcdefghijklmnopqrstuvwxyz\n').toString('hex') },
      /^SESSION_SECRET (repeats itself|follows the keyboard)/,
    ],
    [
      'rows of a keyboard of another layout',
      { SESSION_SECRET: 'aoeuidhtnsqjkxbmwvzpyfgcrl123456' },
      /^SESSION_SECRET follows the keyboard/,
    ],
    [
      'rows of the keyboard backwards',
      { PASSWORD_PEPPER: 'MNBVCXZLKJHGFDSAPOIUYTREWQ098765' },
      /^PASSWORD_PEPPER follows the keyboard/,
    ],
    [
      'columns of the keyboard',
      { PASSWORD_PEPPER: '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol.' },
      /^PASSWORD_PEPPER follows the keyboard/,
    ],
    [
      'the alphabet',
      { SESSION_SECRET: 'AbCdEfGhIjKlMnOpQrStUvWxYz-AbCdEfG' },
      /^SESSION_SECRET (repeats itself|follows the keyboard)/,
    ],
    [
      'verification without mail',
      { EMAIL_VERIFICATION: 'required' },
      /^EMAIL_VERIFICATION=required needs mail/,
    ],
    ['a way in by mail without mail', { LOGIN_BY_MAIL: 'on' }, /^LOGIN_BY_MAIL=on needs mail/],
    [
      'a way in by mail that is no choice',
      { LOGIN_BY_MAIL: 'yes' },
      /^LOGIN_BY_MAIL must be off or on/,
    ],
    [
      'another verification',
      { EMAIL_VERIFICATION: 'yes' },
      /^EMAIL_VERIFICATION must be optional or required/,
    ],
    ['no database', { MONGODB_URI: '' }, /^MONGODB_URI is missing/],
    ['another kind of database', { MONGODB_URI: 'postgres://x' }, /^MONGODB_URI must be/],
    ['no address', { BASE_URL: '' }, /^BASE_URL is missing/],
    [
      'an address without https',
      { BASE_URL: 'http://a.example' },
      /^BASE_URL must start with https/,
    ],
    ['an address with a path', { BASE_URL: 'https://a.example/x' }, /^BASE_URL must be an origin/],
    [
      'an address with a name',
      { BASE_URL: 'https://u:p@a.example' },
      /^BASE_URL must be an origin/,
    ],
    ['a relative address', { BASE_URL: 'a.example' }, /^BASE_URL must be an absolute address/],
    ['another scheme', { BASE_URL: 'ftp://a.example' }, /^BASE_URL must be an absolute address/],
    ['every proxy', { TRUST_PROXY: 'true' }, /^TRUST_PROXY may hold .* not "true"/],
    ['a number of proxies', { TRUST_PROXY: '1' }, /^TRUST_PROXY may hold .* not "1"/],
    [
      'the whole internet',
      { TRUST_PROXY: '0.0.0.0/0' },
      /^TRUST_PROXY may hold .* not "0.0.0.0\/0"/,
    ],
    ['the whole IPv6 internet', { TRUST_PROXY: '::/0' }, /^TRUST_PROXY may hold .* not "::\/0"/],
    ['half the internet', { TRUST_PROXY: '0.0.0.0/1' }, /^TRUST_PROXY may hold/],
    ['a quarter of it', { TRUST_PROXY: '192.0.0.0/2' }, /^TRUST_PROXY may hold/],
    ['half the IPv6 internet', { TRUST_PROXY: '::/1' }, /^TRUST_PROXY may hold/],
    ['all public IPv6 addresses', { TRUST_PROXY: '2000::/3' }, /^TRUST_PROXY may hold/],
    ['the IPv4 internet as IPv6', { TRUST_PROXY: '::ffff:0:0/96' }, /^TRUST_PROXY may hold/],
    ['half of it as IPv6', { TRUST_PROXY: '::ffff:128.0.0.0/97' }, /^TRUST_PROXY may hold/],
    ['a network around it', { TRUST_PROXY: '::/80' }, /^TRUST_PROXY may hold/],
    ['a network around it in full', { TRUST_PROXY: '0:0:0:0:0:0:0:1/64' }, /^TRUST_PROXY may hold/],
    [
      'the whole internet in pieces',
      { TRUST_PROXY: Array.from({ length: 256 }, (_, first) => `${first}.0.0.0/8`).join() },
      /^TRUST_PROXY covers too much of the internet/,
    ],
    [
      'nearly half of the internet in pieces',
      { TRUST_PROXY: Array.from({ length: 127 }, (_, first) => `${first}.0.0.0/8`).join() },
      /^TRUST_PROXY covers too much of the internet/,
    ],
    [
      'a hundredth of the IPv6 addresses in pieces',
      {
        TRUST_PROXY: Array.from(
          { length: 256 },
          (_, part) => `2a00:${(part * 256).toString(16)}::/24`,
        ).join(),
      },
      /^TRUST_PROXY covers too much of the internet/,
    ],
    ['too long a prefix', { TRUST_PROXY: '10.0.0.0/33' }, /^TRUST_PROXY may hold/],
    ['one wrong proxy of two', { TRUST_PROXY: 'loopback,*' }, /^TRUST_PROXY may hold .* not "\*"/],
    ['a cheap hash', { BCRYPT_COST: '10' }, /^BCRYPT_COST must be 12 or more in production/],
    ['too dear a hash', { BCRYPT_COST: '31' }, /^BCRYPT_COST must be 20 or less/],
    [
      'a highest hash cost below that of new hashes',
      { BCRYPT_COST: '13', BCRYPT_MAX_COST: '12' },
      /^BCRYPT_MAX_COST must be 13 or more, which is BCRYPT_COST/,
    ],
    ['a hash cost in words', { BCRYPT_COST: 'high' }, /^BCRYPT_COST must be a whole number/],
    ['short passwords', { PASSWORD_MIN_LENGTH: '7' }, /^PASSWORD_MIN_LENGTH must be 8 or more/],
    ['a port out of range', { PORT: '70000' }, /^PORT must be 65535 or less/],
    ['half a port', { PORT: '30.5' }, /^PORT must be a whole number/],
    ['a port in words', { PORT: 'http' }, /^PORT must be a whole number/],
    ['a long brand', { BRAND: 'b'.repeat(41) }, /^BRAND must be 40/],
    ['help that is a script', { HELP_URL: 'javascript:alert(1)' }, /^HELP_URL must start with/],
    ['help without a scheme', { HELP_URL: 'help.example.com' }, /^HELP_URL must start with/],
  ])('FA-13 refuses %s and says so', (_, changes, reason) => {
    expect(problemsOf(() => inProduction(changes))).toContainEqual(expect.stringMatching(reason));
  });

  it.each([
    ['two rows by turns', '1q2w3e4r5t6y7u8i9o0p1q2w3e4r5t6y'],
    ['a row by turns with its mirror', 'azbycxdwevfugthsirjqkplomnnmolpk'],
    ['doubled letters', 'aabbccddeeffgghhiijjkkllmmnnoopp'],
    ['doubled letters and digits', 'aa11bb22cc33dd44ee55ff66gg77hh88'],
    ['letters and digits by turns', 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'],
    ['the row of digits with the shift key', '!@#$%^&*()!@#$%^&*()!@#$%^&*()!@#'],
    ['three rows by turns', 'qazwsxedcrfvtgbyhnujmqazwsxedcrf'],
    ['every second letter', 'acegikmoqsuwyacegikmoqsuwyacegik'],
    ['a text with a counter', 'kitten1kitten2kitten3kitten4kitten5'],
    ['a text and its mirror', 'x9K2mQ8vB4zL7pT33Tp7Lz4Bv8Qm2K9x'],
  ])('FA-13 refuses a secret of %s', (_, secret) => {
    expect(secretProblem('X', [secret])).toEqual([
      expect.stringMatching(/^X (repeats itself|follows the keyboard)/),
    ]);
  });

  it.each([
    '64:ff9b::/96',
    '64:ff9b::/97',
    '64:ff9b:1::/48',
    '2002::/16',
    '2002::/20',
    '2001::/32',
    '::/96',
    '::ffff:0:0:0/96',
    '2a00::/16',
  ])('FA-13 refuses to trust the internet as %s', (TRUST_PROXY) => {
    expect(problemsOf(() => inProduction({ TRUST_PROXY }))).toEqual([
      expect.stringMatching(/^TRUST_PROXY may hold/),
    ]);
  });

  it.each([
    'loopback,linklocal,uniquelocal',
    '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10',
    '2400:cb00::/32,2a06:98c0::/29,fc00::/7,fe80::/10,::1',
    '::ffff:10.0.0.0/104,192.0.2.1,2001:db8::1',
    '10.0.0.0/8,10.0.0.0/8,10.0.0.0/8',
  ])('may trust the proxies %s', (TRUST_PROXY) => {
    expect(problemsOf(() => inProduction({ TRUST_PROXY }))).toEqual([]);
  });

  it('FA-13 takes every secret that chance makes', () => {
    for (let count = 0; count < 5000; count++) {
      for (const encoding of ['base64url', 'base64', 'hex'] as const) {
        const secret = randomBytes(32).toString(encoding);
        expect([secret, secretProblem('X', [secret])]).toEqual([secret, []]);
      }
    }
  });

  it('reads values without the spaces and line breaks at their ends', () => {
    const config = inProduction({
      BASE_URL: ' https://accounts.example.com\n',
      BCRYPT_COST: '13 ',
      BRAND: '\tRosewood\r\n',
    });
    expect(config).toMatchObject({ baseUrl: 'https://accounts.example.com', bcryptCost: 13 });
    expect(config).toMatchObject({ brand: 'Rosewood' });
    expect(inProduction({ NODE_ENV: ' production\n' }).production).toBe(true);
  });

  it('FA-13 names the weak one of several secrets', () => {
    const problems = problemsOf(() => inProduction({ SESSION_SECRET: `${strong()},short` }));
    expect(problems).toEqual(['SESSION_SECRET (number 2) is shorter than 32 characters.']);
  });

  it('FA-13 refuses one secret for two purposes', () => {
    const secret = strong();
    const both = { SESSION_SECRET: secret, PASSWORD_PEPPER: secret };
    expect(problemsOf(() => inProduction(both))).toEqual([
      'SESSION_SECRET and PASSWORD_PEPPER must differ.',
    ]);
  });

  it('FA-13 tells of every mistake at once', () => {
    const mistakes = { SESSION_SECRET: '', PORT: '-1', TRUST_PROXY: 'true', BCRYPT_COST: '10' };
    const problems = problemsOf(() => inProduction(mistakes)).join('\n');
    for (const name of Object.keys(mistakes)) expect(problems).toContain(name);
  });

  it('FA-13 never quotes a secret', () => {
    const weak = ['hunter2-qz', 'change-me-x9K2mQ8vB4zL7pT3wR6yN1cD5', 'kq'.repeat(20)];
    const database = 'postgres://root:dbpass-qz@db.internal/x';
    try {
      inProduction({
        SESSION_SECRET: weak.join(','),
        PASSWORD_PEPPER: weak.join(','),
        MONGODB_URI: database,
        BASE_URL: 'https://root:urlpass-qz@a.example/x',
      });
      throw new Error('It was accepted');
    } catch (error) {
      const { message, stack, problems } = error as InvalidConfiguration;
      expect(problems.length).toBeGreaterThan(4);
      for (const secret of [...weak, 'dbpass-qz', 'urlpass-qz']) {
        expect(`${message}${stack}${problems.join()}`).not.toContain(secret);
      }
    }
  });
});

describe('development mode', () => {
  it('needs no setting', () => {
    expect(inDevelopment()).toMatchObject({
      production: false,
      development: true,
      secure: false,
      baseUrl: 'http://localhost:3000',
      host: '127.0.0.1',
      mongodbUri: '',
      dataDir,
    });
  });

  it('makes strong secrets once and keeps them, for their owner alone', () => {
    const first = inDevelopment();
    const second = inDevelopment();
    expect(first.secrets[0]).toMatch(/^[\w-]{43}$/);
    expect(first.peppers[0]).toMatch(/^[\w-]{43}$/);
    expect(first.secrets).not.toEqual(first.peppers);
    expect(second.secrets).toEqual(first.secrets);
    expect(second.peppers).toEqual(first.peppers);
    const [file = ''] = readdirSync(dataDir);
    // Windows has no such bits.
    const mode = process.platform === 'win32' ? 0o600 : statSync(join(dataDir, file)).mode & 0o777;
    expect(mode).toBe(0o600);
  });

  it('makes the data folder when there is none', () => {
    const absent = join(dataDir, 'not', 'yet');
    expect(inDevelopment({ DATA_DIR: absent }).secrets).toHaveLength(1);
    expect(readdirSync(absent)).toHaveLength(1);
  });

  it('has other secrets in another folder', () => {
    const elsewhere = inDevelopment({ DATA_DIR: join(dataDir, 'other') });
    expect(elsewhere.secrets).not.toEqual(inDevelopment().secrets);
  });

  it('takes the secrets that are given', () => {
    const [SESSION_SECRET, PASSWORD_PEPPER] = [strong(), strong()];
    expect(inDevelopment({ SESSION_SECRET, PASSWORD_PEPPER })).toMatchObject({
      secrets: [SESSION_SECRET],
      peppers: [PASSWORD_PEPPER],
    });
  });

  it('FA-13 tells of another mistake alone: the secrets that it makes itself are not missing', () => {
    expect(problemsOf(() => inDevelopment({ PORT: '70000' }))).toEqual([
      'PORT must be 65535 or less.',
    ]);
    const two = problemsOf(() => inDevelopment({ PORT: '70000', SESSION_SECRET: 'short' }));
    expect(two.toSorted()).toEqual([
      'PORT must be 65535 or less.',
      expect.stringContaining('SESSION_SECRET is shorter'),
    ]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('FA-13 refuses a kept secret that somebody weakened', () => {
    inDevelopment();
    const [file = ''] = readdirSync(dataDir);
    const kept = { SESSION_SECRET: 'short-qz', PASSWORD_PEPPER: strong() };
    writeFileSync(join(dataDir, file), JSON.stringify(kept));
    expect(problemsOf(() => inDevelopment())).toEqual([
      'SESSION_SECRET is shorter than 32 characters.',
    ]);
  });

  it.each(['{}', '[]', 'null', '', '{"SESSION_SECRET":', '{"SESSION_SECRET":7}'])(
    'FA-13 refuses a damaged file of secrets with a reason: %j',
    (content) => {
      inDevelopment();
      const [file = ''] = readdirSync(dataDir);
      writeFileSync(join(dataDir, file), content);
      expect(() => inDevelopment()).toThrow(InvalidConfiguration);
    },
  );

  it.each([
    'http://accounts.example.com',
    'https://accounts.example.com',
    'http://192.168.0.7:3000',
  ])('FA-13 is refused at the public address %s', (BASE_URL) => {
    const secrets = { SESSION_SECRET: strong(), PASSWORD_PEPPER: strong() };
    expect(problemsOf(() => inDevelopment({ BASE_URL, ...secrets }))).toEqual([
      expect.stringMatching(/^BASE_URL is a public address, so NODE_ENV=production must be set/),
    ]);
  });

  it.each([
    'http://localhost:8080',
    'http://127.0.0.2',
    'http://[::1]:3000',
    'https://app.localhost',
  ])('may be at %s', (BASE_URL) => {
    expect(inDevelopment({ BASE_URL })).toMatchObject({ development: true, baseUrl: BASE_URL });
  });

  it.each(['http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://xlocalhost'])(
    'FA-13 does not take %s for this machine',
    (BASE_URL) => {
      expect(problemsOf(() => inDevelopment({ BASE_URL }))).toContainEqual(
        expect.stringMatching(/^BASE_URL is a public address/),
      );
    },
  );

  it.each(['0.0.0.0', '::', '192.168.0.7'])('FA-13 does not listen on %s', (HOST) => {
    expect(problemsOf(() => inDevelopment({ HOST }))).toContainEqual(
      expect.stringMatching(/^HOST must be a loopback address/),
    );
  });

  it.each(['prod', 'Production', 'staging', 'pro duction'])(
    'FA-13 is not fallen back to for the unknown NODE_ENV %j',
    (NODE_ENV) => {
      expect(problemsOf(() => inDevelopment({ NODE_ENV }))).toContainEqual(
        expect.stringMatching(/^NODE_ENV must be development, production or test/),
      );
    },
  );
});
