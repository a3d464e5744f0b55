import type mongoose from 'mongoose';
import { SECOND } from '../../clock.js';
import type { ProbeDocument } from './trial.js';

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
