import { Binary } from 'bson';
import { createHash } from 'node:crypto';
import { compileFilter } from '../queries/filter.js';
import { type Collection, idOf } from '../storage/catalog.js';
import { decode, encode } from '../values/codec.js';
import { ensure } from '../values/refusal.js';
import { command } from './command.js';
import { listed } from './index-commands.js';
import { batchSizeIn } from './read-commands.js';

/** The commands on collections and databases. */
export const SCHEMA_COMMANDS = {
  create: command('', (_fields, { store, ns }) => {
    // MongoDB accepts an existing collection when the options are equal, and there are none here.
    store.catalog.ensure(ns);
    return { ok: 1 };
  }),

  drop: command('', (_fields, { store, ns, collection }) => {
    // MongoDB 7 answers with success when there is no such collection.
    if (!collection) return { ok: 1 };
    const nIndexesWas = listed(collection).length;
    store.catalog.drop(collection);
    return { nIndexesWas, ns, ok: 1 };
  }),

  dropDatabase: command('', (_fields, { store, db }) => {
    for (const collection of store.catalog.of(db)) store.catalog.drop(collection);
    return { dropped: db, ok: 1 };
  }),

  listCollections: command('filter nameOnly authorizedCollections cursor', (fields, context) => {
    const { store, cursors, db } = context;
    const nameOnly = fields.looseFlag('nameOnly');
    fields.looseFlag('authorizedCollections');
    const all = store.catalog.of(db).map((collection) => {
      const short = { name: collection.ns.slice(db.length + 1), type: 'collection' };
      const info = { readOnly: false, uuid: uuidOf(collection) };
      const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' };
      return decode(encode(nameOnly ? short : { ...short, options: {}, info, idIndex }));
    });
    const chosen = all.filter(compileFilter(fields.document('filter')));
    const options = { size: batchSizeIn(fields) };
    return { cursor: cursors.first(`${db}.$cmd.listCollections`, chosen, options), ok: 1 };
  }),

  listDatabases: command('nameOnly', (fields, { store, db }) => {
    ensure(db === 'admin', 13, 'listDatabases may only be run against admin.');
    const names = new Set([...store.catalog.all.keys()].map((ns) => ns.replace(/\..*/s, '')));
    if (fields.looseFlag('nameOnly'))
      return { databases: [...names].map((name) => ({ name })), ok: 1 };
    const databases = [...names].map((name) => ({ name, sizeOnDisk: 0, empty: false }));
    return { databases, totalSize: 0, ok: 1 };
  }),
};

/**
 * The identity of a collection, which it keeps for its life. It is made from the collection's
 * number in the file, in the form that RFC 9562 has for a UUID of one's own making (version 8).
 */
function uuidOf(collection: Collection): Binary {
  const name = `${idOf(collection)} ${collection.ns}`;
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return new Binary(bytes, Binary.SUBTYPE_UUID);
}
