import { ConnectionString } from 'mongodb-connection-string-url';
import { randomBytes } from 'node:crypto';

/** Stands in `TEST_MONGODB_URI` for the name of the database; each application of a test has its own. */
export const DATABASE = 'database-name';

const LIMITS = [
  'serverSelectionTimeoutMS',
  'connectTimeoutMS',
  'socketTimeoutMS',
  'waitQueueTimeoutMS',
];

/** The address of a database that nobody else uses, on the server of the tests. */
export function freshDatabase(): string {
  const name = `${process.env['TEST_DATABASES']}${randomBytes(6).toString('hex')}`;
  return (process.env['TEST_MONGODB_URI'] ?? '').replace(DATABASE, name);
}

/** An address of this server, with the place for the name of the database in it. */
export function withPlaceForName(server: string): string {
  const address = new ConnectionString(server);
  address.pathname = `/${DATABASE}`;
  return address.href;
}

/**
 * The address with a minute for everything. The application's own limits are two seconds, which a busy
 * machine can take; a test that is not about them must not meet them.
 */
export function patient(address: string): string {
  const longer = new ConnectionString(address);
  for (const name of LIMITS) longer.searchParams.set(name, '60000');
  return longer.href;
}
