import { randomBytes } from 'node:crypto';
import { DATABASE } from './global-setup.js';

/** The address of a database that nobody else uses, on the server of the tests. */
export function freshDatabase(): string {
  const name = `${process.env['TEST_DATABASES']}${randomBytes(6).toString('hex')}`;
  return (process.env['TEST_MONGODB_URI'] ?? '').replace(DATABASE, name);
}
