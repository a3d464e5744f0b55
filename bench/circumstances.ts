import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';

/** Where and when something was measured. */
export interface Circumstances {
  readonly date: string;
  readonly command: string;
  /** The version that ran the servers. */
  readonly node: string;
  readonly processors: string;
  /** Whether others were using the machine when it began. */
  readonly busy: boolean;
}

/** @param node the binary that runs the servers */
export function circumstances(args: readonly string[], node: string): Circumstances {
  const [load = 0] = loadavg();
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    processors: `${all.length} x ${all[0]?.model ?? 'unknown'}`,
    // A load of one process is the compiler's that ran before.
    busy: load > 1,
  };
}
