// Loaded into an application's process before it starts: writes down each file that Node compiles, line by
// line, whether it is imported or required.
import { appendFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const list = process.env['LOADED_SCRIPTS'] ?? '';
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params: { url } }) => appendFileSync(list, `${url}\n`));
session.post('Debugger.enable');
