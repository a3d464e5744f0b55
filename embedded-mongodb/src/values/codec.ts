import { calculateObjectSize, deserialize, Long, serialize, setInternalBufferSize } from 'bson';
import { ensure, Refusal, unsupported } from './refusal.js';
import { BSON_TYPE_NAMES, type Doc, isArray, isDoc, type Scalar, type Value } from './values.js';

/** MongoDB's limit on a document. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** The limit on a message: a document and its command. MongoDB's 48 MB could decode to gigabytes. */
export const MAX_MESSAGE_BYTES = MAX_DOCUMENT_BYTES + 1024 * 1024;
/** MongoDB's limit on the nesting of a document. */
const MAX_DEPTH = 100;
/** bson silently writes past the end of a buffer that is too short, so the largest reply must fit. */
const MAX_ENCODED_BYTES = 64 * 1024 * 1024;
setInternalBufferSize(MAX_ENCODED_BYTES);

/** Keeps each value's BSON type: numbers, binaries and patterns stay objects of bson. */
const AS_SENT = { promoteValues: false, promoteLongs: false, bsonRegExp: true } as const;
/** bson reads documents into objects, and an object puts such names before all others. */
const NUMBER = /^(?:0|[1-9]\d{0,9})$/;

/** Reads a document. @throws Refusal 22, 15 for its nesting, 2 for a type, 238 for a name */
export function decode(bytes: Uint8Array): Doc {
  try {
    return readFields(deserialize(bytes, AS_SENT), 0);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(22, `Invalid BSON: ${String(error)}`);
  }
}

function readFields(object: object, depth: number): Doc {
  const fields = new Map<string, Value>();
  for (const [name, item] of Object.entries(object)) {
    checkName(name);
    fields.set(name, readValue(item, depth + 1));
  }
  return fields;
}

function checkName(name: string): void {
  // bson turns every broken byte into this sign: the name would change, and two could become one.
  ensure(!name.includes('\uFFFD'), 22, 'Invalid BSON: a name is not UTF-8');
  if (NUMBER.test(name)) throw unsupported(`A name that is a number, as '${name}',`);
}

function checkDepth(depth: number): void {
  ensure(depth <= MAX_DEPTH, 15, `Nested more than ${MAX_DEPTH} levels deep`);
}

function readValue(value: unknown, depth: number): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  checkDepth(depth);
  if (Array.isArray(value)) return value.map((item) => readValue(item, depth + 1));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return readFields(value, depth);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
  const type = typeof value === 'object' && '_bsontype' in value ? value._bsontype : typeof value;
  const exact = !(value instanceof Long) || Number.isSafeInteger(value.toNumber());
  const known = Object.hasOwn(BSON_TYPE_NAMES, String(type)) && exact;
  ensure(known, 2, `The type ${String(type)}, or this value, is not supported`);
  // `known` says that this is one of bson's classes of scalars.
  return value as Scalar;
}

/**
 * Refuses a document that `decode` would refuse once it is written: an update can make names and levels.
 * @param known a document that was decoded: what is the same object in both is not looked at again
 * @throws Refusal 22, 15, 238 as `decode`
 */
export function checkReadable(doc: Doc, known: Doc | null): void {
  checkFields(doc, known, 0);
}

function checkFields(doc: Doc, known: Doc | null, depth: number): void {
  for (const [name, item] of doc) {
    const before = known?.get(name);
    if (item === before) continue;
    checkName(name);
    checkValue(item, isDoc(before) ? before : null, depth + 1);
  }
}

// A value without parts comes from a decoded document, or is the sum of two.
function checkValue(value: Value, known: Doc | null, depth: number): void {
  if (value === null || typeof value !== 'object') return;
  checkDepth(depth);
  if (isDoc(value)) checkFields(value, known, depth);
  if (isArray(value)) for (const item of value) checkValue(item, null, depth + 1);
}

/** Writes a document. @throws Refusal 10334 when it is larger than `limit` bytes */
export function encode(doc: Doc | Record<string, unknown>, limit = MAX_ENCODED_BYTES): Uint8Array {
  // bson has no limit of its own, so the size is counted first.
  const size = calculateObjectSize(doc, { ignoreUndefined: false });
  ensure(size <= limit, 10334, `BSONObj size: ${size} is invalid. Size must be at most ${limit}`);
  return serialize(doc, { ignoreUndefined: false });
}

/** True for values with the same bytes in BSON: of the same type, with their fields in one order. */
export function isIdentical(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b || a === undefined || b === undefined || typeof a === 'string') return a === b;
  return Buffer.compare(encode({ '': a }), encode({ '': b })) === 0;
}
