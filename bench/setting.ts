import type { Pace } from './pace.js';

/** What every part is given. */
export interface Setting {
  /** The Node binary that runs all servers. */
  readonly node: string;
  /** The folder of the checkout that is measured; it must have been built. */
  readonly root: string;
  /** For data and logs of this part; empty at first. */
  readonly folder: string;
  /** Settings of the product beyond those of a deployment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pace: Pace;
}
