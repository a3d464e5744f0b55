import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AppConfig } from '../../core/config/app-config.js';
import { secretsFile } from '../../core/config/development-secrets.js';
import { sessionCookie } from '../../auth/session/session-cookie.js';
import { error, type Finding, ok, warning } from './finding.js';

/** Below this the embedded database soon refuses writes. */
const LITTLE_ROOM = 100 * 1024 * 1024;

/**
 * @param version of Node.js, such as 20.19.0
 * @param wanted `engines.node` of package.json, such as ">=20.19"
 */
export function checkNode(version: string, wanted: string): Finding {
  const [major = 0, minor = 0] = numbers(version);
  const [leastMajor = 0, leastMinor = 0] = numbers(wanted);
  const enough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return enough
    ? ok('node', `${version} (${wanted} is needed)`)
    : error('node', `${version} is too old: install ${wanted}.`);
}

/** Of a configuration that was accepted; what is wrong with one that was not, its own sentences say. */
export function checkSettings(config: AppConfig): Finding[] {
  const mode = config.production ? 'production' : 'development';
  return [
    ok('configuration', `${mode} mode at ${config.baseUrl}, on ${config.host} port ${config.port}`),
    checkSecrets(config),
    checkCookies(config),
    checkProxies(config),
    checkDataDir(config),
  ];
}

function checkSecrets(config: AppConfig): Finding {
  if (!keepsSecrets(config)) {
    return ok('secrets', 'SESSION_SECRET and PASSWORD_PEPPER are set, strong and distinct');
  }
  const file = secretsFile(config.dataDir);
  if (!existsSync(file)) return ok('secrets', `the first start makes them in ${file}`);
  // Windows has no such bits.
  const others = process.platform === 'win32' ? 0 : statSync(file).mode & 0o077;
  return others === 0
    ? ok('secrets', `kept in ${file}, for its owner alone`)
    : error('secrets', `${file} is open to other users of this machine: run chmod 600 on it.`);
}

function checkCookies(config: AppConfig): Finding {
  const { name, options } = sessionCookie(config);
  const said = `the session cookie is ${name}, ${options.secure ? 'Secure' : 'not Secure'}`;
  if (options.secure === config.secure) return ok('cookies', `${said}, at ${config.baseUrl}`);
  return options.secure
    ? warning(
        'cookies',
        `${said}, but BASE_URL is http: only some browsers take it, and on localhost alone. Use https for anything but a try on this machine.`,
      )
    : warning('cookies', `${said}, though BASE_URL is https: set NODE_ENV=production.`);
}

function checkProxies({ secure, trustedProxies }: AppConfig): Finding {
  if (trustedProxies.length > 0) return ok('proxies', `trusted: ${trustedProxies.join(', ')}`);
  return secure
    ? warning(
        'proxies',
        "BASE_URL is https, so a proxy stands in front, but TRUST_PROXY names none: all people share the proxy's address and its limits.",
      )
    : ok('proxies', 'none is trusted');
}

function checkDataDir(config: AppConfig): Finding {
  const { dataDir } = config;
  if (config.mongodbUri !== '' && !keepsSecrets(config)) return ok('data folder', 'not used');
  try {
    const folder = existing(dataDir);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    accessSync(folder, constants.W_OK | constants.X_OK);
    return checkRoom(dataDir, statfsSync(folder));
  } catch (cause) {
    return error('data folder', `${dataDir} can't be written: ${(cause as Error).message}`);
  }
}

/** @param room free blocks and their size */
export function checkRoom(dataDir: string, room: { bavail: number; bsize: number }): Finding {
  const free = room.bavail * room.bsize;
  const said = `${dataDir}, ${Math.floor(free / 1024 / 1024)} MB free`;
  return free < LITTLE_ROOM
    ? warning('data folder', `${said}: the embedded database refuses writes when there is no room.`)
    : ok('data folder', said);
}

// The secrets that are not given are kept in the data folder.
function keepsSecrets({ production, variables }: AppConfig): boolean {
  return !production && !(variables['SESSION_SECRET'] && variables['PASSWORD_PEPPER']);
}

// A folder that is still to be made is made in the nearest one that is there.
function existing(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existing(dirname(path));
}

function numbers(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}
