import mongoose from 'mongoose';

const {
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoServerError,
} = mongoose.mongo;

/** MongoDB's code for a write that the storage refused. The embedded server answers with it when the disk is full. */
const OUT_OF_DISK_SPACE = 14031;

/** Whether an error means that the database is away or can't take writes, rather than that we asked wrongly. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoOperationTimeoutError ||
    error instanceof mongoose.mongo.MongoNotConnectedError ||
    error instanceof mongoose.mongo.MongoTopologyClosedError ||
    error instanceof mongoose.mongo.MongoExpiredSessionError ||
    (error instanceof MongoServerError && error.code === OUT_OF_DISK_SPACE) ||
    // The driver does not export this one's class: every connection is waiting for a hung server.
    (error instanceof Error && error.name === 'MongoWaitQueueTimeoutError') ||
    // Mongoose's own refusal to queue while disconnected has no class of its own.
    (error instanceof mongoose.MongooseError &&
      /initial connection|bufferCommands/.test(error.message))
  );
}
