import type { DeclaredIndex } from '../duplicate-key.js';
import type { ProbeCollection, ProbeDocument } from './probe-collection.js';

type Holder = ProbeDocument & Required<Pick<ProbeDocument, 'held' | 'items'>>;

/** Something that a server must be able to do. */
export interface Trial {
  /** What a server that fails is told to fail at. */
  readonly demand: string;
  /**
   * @returns whether the server can do it
   * @throws the server's error, which is a failure as well unless it means an outage
   */
  run(collection: ProbeCollection): Promise<boolean>;
}

/** Every kind of index that the application has, by what a server that lacks it is told. */
export const INDEXES: readonly { readonly demand: string; readonly index: DeclaredIndex }[] = [
  { demand: 'unique indexes', index: [{ key: 1 }, { unique: true }] },
  {
    demand: 'partial unique indexes',
    index: [{ held: 1 }, { unique: true, partialFilterExpression: { held: { $exists: true } } }],
  },
  {
    demand: 'partial unique indexes over lists',
    index: [
      { 'items.key': 1 },
      { unique: true, partialFilterExpression: { 'items.key': { $exists: true } } },
    ],
  },
  { demand: 'TTL indexes', index: [{ expiresAt: 1 }, { expireAfterSeconds: 0 }] },
];

/** A document of this name, with values of its own in every unique field. */
export function named(name: string, more: Partial<ProbeDocument> = {}): Holder {
  return { _id: name, key: name, held: name, items: [{ key: name, kind: 'plain' }], ...more };
}
