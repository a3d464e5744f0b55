import mongoose from 'mongoose';

const {
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
} = mongoose.mongo;

/** What a server says when it can't do its work now, by MongoDB's list of error codes. */
const PASSING: ReadonlySet<unknown> = new Set([
  // The primary is another one now, is going down, or was not reached by the server that we asked.
  6, 7, 63, 89, 91, 133, 134, 150, 189, 249, 317, 9001, 10058, 10107, 11600, 11602, 13388, 13435,
  13436,
  // Somebody, or the storage behind it, ended what was under way; too few members confirm a write.
  100, 175, 237, 355, 11601, 46841,
  // Too much at once: a time limit of the server's, a lock, a colliding write, a limit of requests.
  24, 46, 50, 64, 112, 202, 262, 290, 365, 462, 16500,
  // Its access rules: the password was changed, a right was taken away, Atlas refuses the user.
  13, 18, 8000,
  // The storage refused a write; the embedded server says so, too, when the disk is full.
  14031,
]);

/** Labels by which servers and the driver mark what passes. */
const MARKS = ['RetryableWriteError', 'SystemOverloadedError'];

/** Whether an error means that the database is away or can't take writes, rather than that we asked wrongly. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof mongoose.Error.MongooseServerSelectionError ||
    error instanceof MongoOperationTimeoutError ||
    error instanceof MongoServerClosedError ||
    error instanceof mongoose.mongo.MongoNotConnectedError ||
    error instanceof mongoose.mongo.MongoTopologyClosedError ||
    error instanceof mongoose.mongo.MongoExpiredSessionError ||
    (error instanceof MongoServerError && isPassing(error)) ||
    // The driver does not export this one's class: every connection is waiting for a hung server.
    (error instanceof Error && error.name === 'MongoWaitQueueTimeoutError') ||
    // Mongoose's own refusal to queue while disconnected has no class of its own.
    (error instanceof mongoose.MongooseError &&
      /initial connection|bufferCommands/.test(error.message))
  );
}

// A server that is newer than this list marks what can be asked again.
function isPassing(error: mongoose.mongo.MongoServerError): boolean {
  return PASSING.has(error.code) || MARKS.some((mark) => error.hasErrorLabel(mark));
}
