import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { chmodSync, statSync } from 'node:fs';
import { Store } from './store.js';

/** What is wrong with a file that can't be used as it is. */
class Damage extends Error {}
/** Another process owns the file. */
export class FileInUse extends Error {}

/** `PRAGMA user_version`: tells this version's files from any other SQLite file ("LKD" and 5). */
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
    // SQLite removes its log at a clean end. One that is there means a kill or a power loss.
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

/** SQLite's extended result code in what it threw; 0 for anything else. The low byte is the plain code. */
export const sqliteCode = (error: unknown): number =>
  typeof error === 'object' && error && 'errcode' in error ? Number(error.errcode) : 0;

/** Reads the whole file, without the right to write: a damaged one stays as it was found. */
function check(file: string): void {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    const result = pragma(db, 'quick_check');
    if (result !== 'ok') throw new Damage(String(result));
  } finally {
    db.close();
  }
}

function own(file: string): Store {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // What a statement may have to undo stays here, and not in files in a folder that others share.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY');
    const fresh = pragma(db, 'schema_version') === 0;
    if (!fresh && pragma(db, 'user_version') !== FORMAT)
      throw new Damage('it was written by another program, or another version of this one');
    // Before there is a log, which gets the rights of the file.
    chmodSync(file, 0o600);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000');
    // The lock that this takes is kept, by the locking mode.
    db.exec(`BEGIN EXCLUSIVE; ${fresh ? `PRAGMA user_version = ${FORMAT};` : ''} COMMIT`);
    return new Store(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Asks by `exec`: a prepared statement would keep the file locked until its garbage collection. */
function pragma(db: DatabaseSyncInstance, name: string): unknown {
  let answer: unknown;
  db.function('answer', (value: unknown) => {
    answer ??= value;
    return null;
  });
  db.exec(`SELECT answer(${name}) FROM pragma_${name}`);
  return answer;
}
