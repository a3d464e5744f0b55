import { signature } from '../../src/core/crypto/digests.js';
import { deriveKeys } from '../../src/core/crypto/keys.js';
import { SESSION_SECRET, type TestApp } from './app.js';
import type { Visitor } from './visitor.js';

/** What the account keeps of the session that the browser's cookie leads to. */
export async function recordOf(app: TestApp, visitor: Visitor): Promise<unknown> {
  const [userId = '', secret = ''] = (visitor.cookies.get('test-session') ?? '').split('.');
  const user = (await app.users()).find(({ _id }) => String(_id) === userId);
  const [key] = deriveKeys([SESSION_SECRET], 'session');
  const id = key && signature(key, secret);
  return Object.entries(user?.['sessions'] ?? {}).find(([each]) => each === id)?.[1] ?? null;
}

/** The ids of the sessions that an account has. */
export async function sessionsOf(app: TestApp, username: string): Promise<string[]> {
  return Object.keys((await app.user(username))?.['sessions'] ?? {});
}
