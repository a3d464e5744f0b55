/** MongoDB's names of the codes that are used here (its error_codes.yml). */
const CODE_NAMES = new Map(
  `1 InternalError, 2 BadValue, 9 FailedToParse, 13 Unauthorized, 14 TypeMismatch, 15 Overflow,
   16 InvalidLength, 20 IllegalOperation, 22 InvalidBSON, 26 NamespaceNotFound, 27 IndexNotFound,
   28 PathNotViable, 40 ConflictingUpdateOperators, 43 CursorNotFound, 50 MaxTimeMSExpired,
   52 DollarPrefixedFieldName, 53 InvalidIdField, 54 NotSingleValueField, 56 EmptyFieldName,
   59 CommandNotFound, 66 ImmutableField, 67 CannotCreateIndex, 72 InvalidOptions,
   73 InvalidNamespace, 85 IndexOptionsConflict, 86 IndexKeySpecsConflict,
   171 CannotIndexParallelArrays, 175 QueryPlanKilled, 197 InvalidIndexSpecificationOption, 238 NotImplemented,
   292 QueryExceededMemoryLimitNoDiskUseAllowed, 322 APIVersionError, 352 UnsupportedOpQueryCommand,
   10334 BSONObjectTooLarge, 11000 DuplicateKey, 14031 OutOfDiskSpace`
    .split(/,\s+/)
    .map((entry) => [Number.parseInt(entry), entry.replace(/^\d+ /, '')]),
);

/** An error with MongoDB's code and fields; a driver makes a `MongoServerError` of it. */
export class Refusal extends Error {
  /** @param extra - further fields of the error, such as `keyPattern` and `keyValue` */
  constructor(
    readonly code: number,
    message: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** The reply to a command that failed as a whole. */
  toReply(): Record<string, unknown> {
    // MongoDB, too, names a code without a name by its number.
    const codeName = CODE_NAMES.get(this.code) ?? `Location${this.code}`;
    return { ok: 0, errmsg: this.message, code: this.code, codeName, ...this.extra };
  }

  /** The entry in `writeErrors` of a statement that failed. */
  toWriteError(index: number): Record<string, unknown> {
    return { index, code: this.code, errmsg: this.message, ...this.extra };
  }
}

/** Refuses unless something holds. @throws Refusal */
export function ensure(holds: unknown, code: number, message: string): asserts holds {
  if (!holds) throw new Refusal(code, message);
}

/** The refusal of something that MongoDB can do and this server can't. */
export const unsupported = (what: string): Refusal =>
  new Refusal(238, `${what} is not supported by the embedded server; use MongoDB for it`);
