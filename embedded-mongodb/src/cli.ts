import { parseArgs } from 'node:util';
import { startEmbeddedMongo } from './index.js';

/** Runs the server alone, for a look at the data with a MongoDB client: `npm run db -- [--data DIR]`. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: 'string', default: '.data' } } });
  const server = await startEmbeddedMongo({
    dataDir: values.data,
    onError: (error) => console.error(error.message),
  });
  console.log(`${server.owner ? 'Serving' : 'Joined the server of'} ${values.data}`);
  console.log(`MONGODB_URI=${server.uri('latchkey')}`);
  // The server itself does not keep a process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const end = (): void => {
    clearInterval(alive);
    server.close().catch(report);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

function report(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

main().catch(report);
