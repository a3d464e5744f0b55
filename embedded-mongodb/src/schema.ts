import { randomBytes } from 'node:crypto';

/** All tables, whatever the collections: making and dropping one changes rows and not the schema. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS collections(
    id INTEGER PRIMARY KEY AUTOINCREMENT, db TEXT NOT NULL, name TEXT NOT NULL, uuid BLOB NOT NULL, UNIQUE(db, name));
  CREATE TABLE IF NOT EXISTS indexes(
    id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, spec BLOB NOT NULL, multikey INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS docs(rec INTEGER PRIMARY KEY, doc BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS entries(
    idx INTEGER NOT NULL, key BLOB NOT NULL, rec INTEGER NOT NULL, PRIMARY KEY(idx, key, rec)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS unique_entries(
    idx INTEGER NOT NULL, key BLOB NOT NULL, rec INTEGER NOT NULL, PRIMARY KEY(idx, key)) WITHOUT ROWID;`;

/** Documents of a collection have the numbers from `id * SPAN` on; safe integers leave room for 2^21 ids. */
export const SPAN = 2 ** 32;

/** The number in the column `n` of a row. */
export function numberOf(row: unknown): number {
  // Every statement that is read this way selects a number as n.
  return Number((row as { n: unknown }).n);
}

/** SQLite's extended result code in what it threw; 0 for anything else. The low byte is the plain code. */
export function sqliteCode(error: unknown): number {
  return typeof error === 'object' && error !== null && 'errcode' in error
    ? Number(error.errcode)
    : 0;
}

/** A new version 4 UUID's bytes. */
export function newUuid(): Uint8Array {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return Uint8Array.from(bytes);
}
