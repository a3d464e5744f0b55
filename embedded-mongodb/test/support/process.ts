import { startEmbeddedMongo } from '../../src/index.js';

/** A process of its own that serves or joins a folder: `node process.js DIR`. Says where, and who owns. */
const [dataDir = ''] = process.argv.slice(2);
const server = await startEmbeddedMongo({
  dataDir,
  onError: (error) => console.error(error.message),
});
console.log(JSON.stringify({ uri: server.uri('test'), owner: server.owner }));
process.stdin.on('data', (line) => {
  if (String(line).includes('close')) void server.close().then(() => process.stdin.destroy());
  else console.log(JSON.stringify({ owner: server.owner }));
});
