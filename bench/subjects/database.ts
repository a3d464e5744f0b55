import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../child.js';

/** The embedded server as a process of its own. */
export interface Database {
  readonly uri: string;
  readonly child: Child;
}

/** Starts the embedded server of a checkout. @param root the checkout's folder */
export async function startDatabase(root: string, node: string, folder: string): Promise<Database> {
  const child = Child.start({
    name: 'database',
    node,
    script: join(root, 'embedded-mongodb/dist/src/cli.js'),
    args: ['--data', join(folder, 'database')],
    folder,
    environment: {},
  });
  for (;;) {
    const [, uri] = /^MONGODB_URI=(\S+)$/m.exec(child.output) ?? [];
    if (uri !== undefined) return { uri, child };
    if (!child.running) throw new Error(`The database does not start: ${child.output}`);
    await delay(20);
  }
}
