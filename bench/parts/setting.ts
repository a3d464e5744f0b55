/** What every part is given. */
export interface Setting {
  /** The Node binary that runs all servers. */
  readonly node: string;
  /** This checkout's folder. */
  readonly root: string;
  /** For data and logs of this part; empty at first. */
  readonly folder: string;
  readonly rounds: number;
}
