import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { chmodSync, statSync } from 'node:fs';
import { DataFile } from './file.js';
import { Store } from './store.js';

/** Says what is wrong with a file that can't be used. */
class Damage extends Error {}
/** Another process owns the file. */
export class FileInUse extends Error {}

/** `PRAGMA user_version` of this version's files ("LKD" and 5): no other SQLite file has it. */
const FORMAT = 0x4c4b4405;
const SQLITE_BUSY = 5;
/** SQLITE_CORRUPT, SQLITE_NOTADB and SQLITE_FORMAT. */
const SQLITE_DAMAGE = [11, 26, 24];

/**
 * Opens the data file as its only owner, by SQLite's own lock; the lock goes with the process.
 * @throws FileInUse when somebody else has it, or an Error that says what is wrong and what to do
 */
export function openStore(file: string): Store {
  try {
    // SQLite removes its log at a clean end: a log that is there means a kill or a power loss.
    if (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size) check(file);
    return own(file);
  } catch (error) {
    const code = sqliteCode(error) & 0xff;
    if (code === SQLITE_BUSY) throw new FileInUse(`${file} is in use`, { cause: error });
    const damaged = error instanceof Damage || SQLITE_DAMAGE.includes(code);
    const sentences = damaged
      ? `The data file ${file} is damaged (${String(error)}). Nothing in it was changed. Restore it from a backup, or move it and the files beside it with the same beginning away to start with an empty database.`
      : `The embedded database can't start on ${file}: ${String(error)}`;
    throw new Error(sentences, { cause: error });
  }
}

/** SQLite's extended result code of an error, with the plain code as its low byte; 0 for other errors. */
export const sqliteCode = (error: unknown): number =>
  typeof error === 'object' && error && 'errcode' in error ? Number(error.errcode) : 0;

/** Checks the whole file, opened for reading only: a damaged file must not be changed. */
function check(file: string): void {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    const result = pragma(db, 'quick_check');
    if (result !== 'ok') throw new Damage(String(result));
  } finally {
    db.close();
  }
}

/** Opens the file and takes its lock. */
function own(file: string): Store {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // SQLite would keep temporary data in /tmp, which others share.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY');
    const fresh = pragma(db, 'schema_version') === 0;
    if (!fresh && pragma(db, 'user_version') !== FORMAT)
      throw new Damage('it was written by another program, or another version of this one');
    // The log gets the rights of the file, so the file's rights come first.
    chmodSync(file, 0o600);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000');
    // In this locking mode SQLite keeps the lock that a transaction takes.
    db.exec(`BEGIN EXCLUSIVE; ${fresh ? `PRAGMA user_version = ${FORMAT};` : ''} COMMIT`);
    return new Store(new DataFile(db));
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The value of a pragma. It uses `exec`: a prepared statement would lock the file until it is collected. */
function pragma(db: DatabaseSyncInstance, name: string): unknown {
  let answer: unknown;
  db.function('answer', (value: unknown) => {
    answer ??= value;
    return null;
  });
  db.exec(`SELECT answer(${name}) FROM pragma_${name}`);
  return answer;
}
