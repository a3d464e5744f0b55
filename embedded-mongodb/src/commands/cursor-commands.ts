import { Long } from 'bson';
import { ensure } from '../values/refusal.js';
import { command } from './command.js';

const NO_LONG = 'The id of a cursor must be a long';

/** The commands on open cursors. Ids are longs, as `find` gave them. */
export const CURSOR_COMMANDS = {
  getMore: command('collection batchSize', (fields, { cursors, db }) => {
    const id = fields.need('getMore');
    ensure(id instanceof Long, 14, NO_LONG);
    const ns = `${db}.${fields.text('collection')}`;
    return { cursor: cursors.next(id, ns, fields.countOrNull('batchSize')), ok: 1 };
  }),

  killCursors: command('cursors', (fields, { cursors }) => {
    fields.text('killCursors');
    const ids = fields.array('cursors').map((id) => {
      ensure(id instanceof Long, 14, NO_LONG);
      return id;
    });
    const cursorsKilled = ids.filter((id) => cursors.kill(id));
    const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
    return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
  }),
};
