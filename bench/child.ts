import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reading } from './servers/meter.js';

const METER = new URL('./servers/meter.js', import.meta.url).href;
/** Milliseconds; the product itself promises a stop within 8 seconds. */
const PATIENCE_AT_STOP = 10_000;

/** What to run and how. */
export interface Program {
  /** Names its log file. */
  readonly name: string;
  /** The Node binary that runs it. */
  readonly node: string;
  readonly script: string;
  /** Where its log goes. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Options for Node itself. */
  readonly nodeOptions?: readonly string[];
}

/** A process of the benchmark's own, metered from within by `meter.ts`. */
export class Child {
  private readonly end = new AbortController();

  private constructor(
    private readonly process: ChildProcess,
    private readonly logFile: string,
  ) {
    process.once('exit', () => this.end.abort());
  }

  static start(program: Program): Child {
    const logFile = join(program.folder, `${program.name}.log`);
    // A file needs no reader: what is printed costs the server a write, and the benchmark nothing.
    const log = openSync(logFile, 'a');
    const process = fork(program.script, program.args, {
      execPath: program.node,
      execArgv: ['--import', METER, ...(program.nodeOptions ?? [])],
      cwd: program.folder,
      env: { PATH: globalThis.process.env['PATH'], ...program.environment },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    return new Child(process, logFile);
  }

  /** What it has printed. */
  get output(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  get running(): boolean {
    return !this.end.signal.aborted;
  }

  /** @throws when the process has ended, with what it printed last */
  async read(): Promise<Reading> {
    try {
      this.process.send('read');
      // What meter.ts sends.
      const [reading] = (await once(this.process, 'message', this.end)) as [Reading];
      return reading;
    } catch (error) {
      throw new Error(`A server has ended: ${this.output.slice(-2000)}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), PATIENCE_AT_STOP);
    await exit;
    clearTimeout(late);
  }
}
