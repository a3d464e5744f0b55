import { parseArgs } from 'node:util';
import { startEmbeddedMongo } from './index.js';

// Runs the server alone, for a look at the data with a MongoDB client: `npm run db -- [--data DIR]`.
const report = (error: unknown): void => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
};
try {
  const { values } = parseArgs({ options: { data: { type: 'string', default: '.data' } } });
  const server = await startEmbeddedMongo({ dataDir: values.data, onError: report });
  console.log(`${server.owner ? 'Serving' : 'Joined the server of'} ${values.data}`);
  console.log(`MONGODB_URI=${server.uri('latchkey')}`);
  // The server itself doesn't keep the process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const end = (): void => {
    clearInterval(alive);
    server.close().catch(report);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
} catch (error) {
  report(error);
}
