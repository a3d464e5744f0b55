import { spawn } from 'node:child_process';
import { once } from 'node:events';

const DOCTOR = new URL('../../src/cli/doctor.js', import.meta.url).pathname;

/** What the doctor wrote, to standard output and beside it, and how it ended. */
export interface Examination {
  readonly code: number;
  readonly output: string;
}

/** Starts the doctor as people do: a process of its own, in a folder. */
export async function doctorIn(
  folder: string,
  environment: Record<string, string>,
  ...more: string[]
): Promise<Examination> {
  const child = spawn(process.execPath, [DOCTOR, ...more], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}
