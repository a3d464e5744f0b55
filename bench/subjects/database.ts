import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../child.js';
import type { Setting } from '../setting.js';

/** The embedded server as a process of its own. */
export interface Database {
  readonly uri: string;
  readonly dataDir: string;
  readonly child: Child;
}

/** Starts the embedded server of a checkout. */
export async function startDatabase({ root, node, folder }: Setting): Promise<Database> {
  const dataDir = join(folder, 'database');
  const child = Child.start({
    name: 'database',
    node,
    script: join(root, 'embedded-mongodb/dist/src/cli.js'),
    args: ['--data', dataDir],
    folder,
    environment: {},
  });
  for (;;) {
    const [, uri] = /^MONGODB_URI=(\S+)$/m.exec(child.output) ?? [];
    if (uri !== undefined) return { uri, dataDir, child };
    if (!child.running) throw new Error(`The database does not start: ${child.output}`);
    await delay(20);
  }
}
