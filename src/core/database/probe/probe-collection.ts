import type mongoose from 'mongoose';
import { SECOND } from '../../clock.js';

/** What the trials store; each trial keeps to documents of its own. */
export interface ProbeDocument {
  readonly _id: string;
  /** Unique in every document. */
  readonly key: string;
  /** Unique where it is there. */
  readonly held?: string;
  /** Their keys are unique where they are there. */
  readonly items?: readonly { readonly key: string; readonly kind: string }[];
  readonly count?: number;
}

type Driver = mongoose.mongo.Collection<ProbeDocument>;
type Filter = Parameters<Driver['findOne']>[0];
type Update = Parameters<Driver['updateOne']>[1];

/**
 * Twenty upserts of one key at once took DocumentDB ten seconds; the connection's own limit is two. The
 * driver takes this limit for every command, but its types tell of it for none.
 */
export const PATIENCE: object = { socketTimeoutMS: 30 * SECOND };

/** The probe's collection: what the trials use of the driver's, with a limit of its own for each command. */
export class ProbeCollection {
  constructor(readonly driver: Driver) {}

  insertOne(document: ProbeDocument) {
    return this.driver.insertOne(document, PATIENCE);
  }

  insertMany(documents: readonly ProbeDocument[]) {
    return this.driver.insertMany(documents, PATIENCE);
  }

  updateOne(filter: Filter, update: Update, options: { readonly upsert?: boolean } = {}) {
    return this.driver.updateOne(filter, update, { ...options, ...PATIENCE });
  }

  findOneAndUpdate(filter: Filter, update: Update) {
    return this.driver.findOneAndUpdate(filter, update, PATIENCE);
  }

  findOneAndDelete(filter: Filter) {
    return this.driver.findOneAndDelete(filter, PATIENCE);
  }

  deleteOne(filter: Filter) {
    return this.driver.deleteOne(filter, PATIENCE);
  }

  findOne(filter: Filter) {
    return this.driver.findOne(filter, PATIENCE);
  }

  countDocuments(filter: Filter) {
    return this.driver.countDocuments(filter, PATIENCE);
  }

  drop() {
    return this.driver.drop(PATIENCE);
  }
}
