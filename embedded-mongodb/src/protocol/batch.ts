import type { Batch } from '../commands/cursors.js';

/** BSON's codes of types, as they stand before a field's name. */
const [DOUBLE, STRING, DOCUMENT, ARRAY, LONG] = ['\x01', '\x02', '\x03', '\x04', '\x12'];
const END = Buffer.from([0]);
/** `ok: 1`, as a double. */
const OK = Buffer.concat([Buffer.from(`${DOUBLE}ok\0`), doubleOf(1)]);

/**
 * Writes the reply of a cursor in BSON. The documents are bytes already: to read them, only to
 * write them again, would cost more than all the rest of a look-up.
 */
export function encodeBatch({ id, ns, name, documents }: Batch): Buffer {
  const listed = documents.flatMap((doc, i) => [Buffer.from(`${DOCUMENT}${i}\0`), doc]);
  const text = Buffer.from(`${ns}\0`);
  const cursor = enclosed([
    Buffer.from(`${ARRAY}${name}\0`),
    enclosed(listed),
    Buffer.from(`${LONG}id\0`),
    Uint8Array.from(id.toBytesLE()),
    Buffer.from(`${STRING}ns\0`),
    int32Of(text.length),
    text,
  ]);
  return enclosed([Buffer.from(`${DOCUMENT}cursor\0`), cursor, OK]);
}

/** A document or an array: its length, its elements, and a zero byte. */
function enclosed(elements: readonly Uint8Array[]): Buffer {
  const size = elements.reduce((sum, { length }) => sum + length, 5);
  return Buffer.concat([int32Of(size), ...elements, END], size);
}

function int32Of(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function doubleOf(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
