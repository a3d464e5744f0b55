/** MongoDB's names of the codes that are used here (error_codes.yml). */
const CODE_NAMES = new Map(
  `1 InternalError, 2 BadValue, 9 FailedToParse, 13 Unauthorized, 14 TypeMismatch, 15 Overflow,
   16 InvalidLength, 20 IllegalOperation, 22 InvalidBSON, 26 NamespaceNotFound, 27 IndexNotFound,
   28 PathNotViable, 40 ConflictingUpdateOperators, 43 CursorNotFound, 50 MaxTimeMSExpired,
   52 DollarPrefixedFieldName, 53 InvalidIdField, 54 NotSingleValueField, 56 EmptyFieldName,
   59 CommandNotFound, 66 ImmutableField, 67 CannotCreateIndex, 72 InvalidOptions,
   73 InvalidNamespace, 85 IndexOptionsConflict, 86 IndexKeySpecsConflict,
   171 CannotIndexParallelArrays, 175 QueryPlanKilled, 238 NotImplemented,
   292 QueryExceededMemoryLimitNoDiskUseAllowed, 352 UnsupportedOpQueryCommand,
   10334 BSONObjectTooLarge, 11000 DuplicateKey, 14031 OutOfDiskSpace`
    .split(/,\s+/)
    .map((entry) => [Number.parseInt(entry), entry.replace(/^\d+ /, '')]),
);

/** An error in MongoDB's shape: what a driver turns into a `MongoServerError`. */
export class Refusal extends Error {
  /** @param extra - further fields of the error, such as `keyPattern` and `keyValue` */
  constructor(
    readonly code: number,
    message: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** The fields as they stand in a whole command's reply. */
  toReply(): Record<string, unknown> {
    // A code without a name is called so by MongoDB, too.
    const codeName = CODE_NAMES.get(this.code) ?? `Location${this.code}`;
    return { ok: 0, errmsg: this.message, code: this.code, codeName, ...this.extra };
  }

  /** The fields as they stand in `writeErrors` of one statement. */
  toWriteError(index: number): Record<string, unknown> {
    return { index, code: this.code, errmsg: this.message, ...this.extra };
  }
}

/** Refuses unless something holds. @throws Refusal */
export function ensure(holds: unknown, code: number, message: string): asserts holds {
  if (!holds) throw new Refusal(code, message);
}

/** Something that MongoDB can do and this server can't: said aloud, never ignored. */
export const unsupported = (what: string): Refusal =>
  new Refusal(238, `${what} is not supported by the embedded server; use MongoDB for it`);
