import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** What is used here of the driver's class, which it does not export. */
interface DriverConnection extends EventEmitter {
  /** Why the connection is closed; set before it says so. */
  readonly error: Error | null;
  writeCommand: (this: DriverConnection, ...command: unknown[]) => Promise<void>;
}

/** What ends the wait of each command of a connection whose write is not done. */
const waits = new WeakMap<DriverConnection, Set<() => void>>();

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
    const open = waitsOf(this);
    let end: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (end = resolve));
    open.add(end);
    try {
      // The driver itself looks for the connection's error after a write.
      await Promise.race([writeCommand.apply(this, command), closed]);
    } catch (failure) {
      throw this.error ?? failure;
    } finally {
      open.delete(end);
    }
  };
}

// One listener for a connection, and none for a command: each request sends some.
function waitsOf(connection: DriverConnection): Set<() => void> {
  const known = waits.get(connection);
  if (known) return known;
  const open = new Set<() => void>();
  waits.set(connection, open);
  connection.once('close', () => {
    for (const end of open) end();
  });
  return open;
}
