import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** The kernel's limit on a Unix socket's path: 108 bytes with the final zero, 104 on macOS and BSD. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const NAME = 'mongodb.sock';

/**
 * Where the server of a data folder listens: in a folder of its own that only this user may enter.
 * The path depends on the folder alone, so that every process finds the same one.
 *
 * @throws Error when the folder belongs to somebody else
 */
export function socketPathOf(dataDir: string): string {
  const real = realpathSync(dataDir);
  const near = join(real, 'run', NAME);
  if (Buffer.byteLength(near) <= MAX_PATH_BYTES)
    return join(privateFolder(join(real, 'run')), NAME);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 20);
  return join(privateFolder(join(tmpdir(), `embedded-mongodb-${userInfo().uid}-${hash}`)), NAME);
}

/** Others must not enter: whoever reaches the socket can read all data. */
function privateFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== userInfo().uid)
    throw new Error(`${path} has to be a folder of this user; remove it and start again`);
  chmodSync(path, 0o700);
  return path;
}
