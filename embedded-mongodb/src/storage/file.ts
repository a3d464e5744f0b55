import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';

/**
 * All tables. Collections and indexes are rows in them, so making or dropping one never changes
 * SQLite's schema.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS indexes(
    id INTEGER PRIMARY KEY AUTOINCREMENT, ns TEXT NOT NULL, spec BLOB NOT NULL,
    multikey INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS docs(rec INTEGER PRIMARY KEY, doc BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS entries(
    idx INTEGER NOT NULL, key BLOB NOT NULL, rec INTEGER NOT NULL,
    PRIMARY KEY(idx, key, rec)) WITHOUT ROWID;`;

/** The SQLite file: its statements, and changes that are done as a whole or undone. */
export class DataFile {
  private readonly statements = new Map<string, StatementSyncInstance>();
  private depth = 0;

  /** Takes over an open connection that owns the file. */
  constructor(private readonly db: DatabaseSyncInstance) {
    db.exec(SCHEMA);
  }

  close(): void {
    this.db.close();
  }

  /** The statement of a text, which is prepared once. */
  sql(text: string): StatementSyncInstance {
    const statement = this.statements.get(text) ?? this.db.prepare(text);
    this.statements.set(text, statement);
    return statement;
  }

  /**
   * Does all of `work`, or undoes it when it throws. Calls may be nested: an inner one can be
   * undone alone. When the outermost call returns, its changes are on disk.
   */
  atomic<T>(work: () => T): T {
    const [begin, end, undo] =
      this.depth === 0
        ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
        : ['SAVEPOINT p', 'RELEASE p', 'ROLLBACK TO p; RELEASE p'];
    this.db.exec(begin);
    this.depth++;
    try {
      const result = work();
      this.db.exec(end);
      return result;
    } catch (error) {
      // When the disk is full, SQLite has rolled back everything already.
      if (this.db.isTransaction) this.db.exec(undo);
      throw error;
    } finally {
      this.depth--;
    }
  }
}
