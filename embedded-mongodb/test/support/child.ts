import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Another process on a data folder. */
export interface Child {
  readonly process: ChildProcess;
  readonly uri: string;
  readonly owner: boolean;
  ask(): Promise<{ owner: boolean }>;
  /** Ends it by a signal, or by asking it to close. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `process.js` on a folder and waits until it serves or has joined. */
export async function startChild(dataDir: string): Promise<Child> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('process.js', import.meta.url)), dataDir],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<{ uri: string; owner: boolean }> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The process ended with ${child.exitCode ?? child.signalCode}`);
    // What process.ts prints.
    return JSON.parse(value) as { uri: string; owner: boolean };
  };
  const first = await read();
  return {
    process: child,
    ...first,
    async ask() {
      child.stdin.write('owner?\n');
      return read();
    },
    async end(signal) {
      const ended = once(child, 'exit');
      if (signal) child.kill(signal);
      else child.stdin.write('close\n');
      await ended;
      return child.exitCode;
    },
  };
}
