import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a command wrote, to standard output and beside it, and how it ended. */
export interface Examination {
  readonly code: number;
  readonly output: string;
}

/**
 * Starts a command as people do: a process of its own, in a folder.
 *
 * @param name of its file in `src/cli`
 */
export async function commandIn(
  name: string,
  folder: string,
  environment: Record<string, string>,
  ...more: string[]
): Promise<Examination> {
  const file = new URL(`../../src/cli/${name}.js`, import.meta.url).pathname;
  const child = spawn(process.execPath, [file, ...more], {
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
