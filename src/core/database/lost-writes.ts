import { once, type EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** What is used here of the driver's class, which it does not export. */
interface DriverConnection extends EventEmitter {
  /** Why the connection is closed; set before it says so. */
  readonly error: Error | null;
  writeCommand: (this: DriverConnection, ...command: unknown[]) => Promise<void>;
}

/**
 * Ends a command with its connection. The driver (7.8, 7.9) waits for its socket's "drain" when a
 * write is not taken at once, but a socket that is being destroyed never drains: the command, and
 * the request behind it, would hang for ever and keep one of the pool's places. A write that failed
 * at once would come out as the socket's bare error, which nobody takes for an outage.
 *
 * @throws when the driver has changed its shape: then see whether this is still needed
 */
export function endLostWrites(): void {
  const require = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection } = require('mongodb/lib/cmap/connection.js') as {
    Connection: { prototype: DriverConnection };
  };
  const { writeCommand } = Connection.prototype;
  if (typeof writeCommand !== 'function') throw new Error("MongoDB's driver has no writeCommand");

  Connection.prototype.writeCommand = async function (...command) {
    const written = new AbortController();
    const closed = once(this, 'close', { signal: written.signal });
    try {
      // The driver itself looks for the connection's error after a write.
      await Promise.race([writeCommand.apply(this, command), closed]);
    } catch (failure) {
      throw this.error ?? failure;
    } finally {
      written.abort();
    }
  };
}
