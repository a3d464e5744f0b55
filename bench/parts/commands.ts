import { setTimeout as delay } from 'node:timers/promises';
import { PASSWORD, Visitor } from '../../test/support/visitor.js';
import type { Database } from '../subjects/database.js';
import { startProduct } from '../subjects/product.js';
import { countCommands } from '../subjects/wire-counter.js';
import type { Setting } from '../setting.js';

const WRITES = ['insert', 'update', 'delete', 'findAndModify'];

/** The commands that the database sees of one log-in, by what the browser does; what follows beside it included. */
export interface Commands {
  readonly page: readonly string[];
  readonly form: readonly string[];
  /** The page after it. */
  readonly home: readonly string[];
  /** Of the form's. */
  readonly writes: number;
}

/** Counts what one log-in of a person who has been away asks of the database. */
export async function countLogin(setting: Setting, database: Database): Promise<Commands> {
  const counter = await countCommands(database.uri);
  try {
    const counted = { ...database, uri: counter.uri };
    const product = await startProduct(setting, { name: 'counted', database: counted });
    try {
      await new Visitor(product.origin, '198.51.100.3').register('counted');
      const person = new Visitor(product.origin, '198.51.100.4');
      const taken = async () => {
        // Events are copied beside the request that they happened in.
        await delay(setting.pace.settling);
        return counter.taken();
      };
      await taken();
      const _csrf = await person.token('/login');
      const page = await taken();
      const { status } = await person.send('POST', '/login', {
        body: { _csrf, identifier: 'counted', password: PASSWORD },
      });
      if (status !== 303) throw new Error(`The log-in to count answers ${status}`);
      const form = await taken();
      await person.get('/');
      const home = await taken();
      return { page, form, home, writes: form.filter((name) => WRITES.includes(name)).length };
    } finally {
      await product.stop();
    }
  } finally {
    counter.close();
  }
}
