import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CoreSettings } from '../../core/config/core.settings.js';
import type { Configuration } from '../../core/config/settings.js';
import { DatabaseSettings } from '../../core/database/database.settings.js';
import { hostCookie } from '../../core/http/host-cookie.js';
import { HttpSettings } from '../../core/http/http.settings.js';
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
export function checkSettings(configuration: Configuration): Finding[] {
  const core = configuration.get(CoreSettings);
  const mode = core.production ? 'production' : 'development';
  return [
    ok('configuration', `${mode} mode at ${core.baseUrl}, on ${core.host} port ${core.port}`),
    checkSecrets(configuration),
    checkCookies(core),
    checkProxies(core, configuration.get(HttpSettings)),
    checkDataDir(configuration),
  ];
}

function checkSecrets({ reader: { made, secretNames } }: Configuration): Finding {
  if (!made.used) {
    return ok('secrets', `${secretNames.join(' and ')} are set, strong and distinct`);
  }
  const { file } = made;
  if (!existsSync(file)) return ok('secrets', `the first start makes them in ${file}`);
  // Windows has no such bits.
  const others = process.platform === 'win32' ? 0 : statSync(file).mode & 0o077;
  return others === 0
    ? ok('secrets', `kept in ${file}, for its owner alone`)
    : error('secrets', `${file} is open to other users of this machine: run chmod 600 on it.`);
}

function checkCookies(settings: CoreSettings): Finding {
  const { name, options } = hostCookie(settings, 'session');
  const said = `the session cookie is ${name}, ${options.secure ? 'Secure' : 'not Secure'}`;
  return settings.production && !settings.secure
    ? warning(
        'cookies',
        `${said}, since BASE_URL is http: for a try on this machine alone. Use https for anything else.`,
      )
    : ok('cookies', `${said}, at ${settings.baseUrl}`);
}

function checkProxies({ secure }: CoreSettings, { trustedProxies }: HttpSettings): Finding {
  if (trustedProxies.length > 0) return ok('proxies', `trusted: ${trustedProxies.join(', ')}`);
  return secure
    ? warning(
        'proxies',
        "BASE_URL is https, so a proxy stands in front, but TRUST_PROXY names none: all people share the proxy's address and its limits.",
      )
    : ok('proxies', 'none is trusted');
}

function checkDataDir(configuration: Configuration): Finding {
  const { dataDir, mongodbUri } = configuration.get(DatabaseSettings);
  if (mongodbUri !== '' && !configuration.reader.made.used) return ok('data folder', 'not used');
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

// A folder that is still to be made is made in the nearest one that is there.
function existing(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existing(dirname(path));
}

function numbers(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}
