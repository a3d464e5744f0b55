/** A browser that a story drives, whatever it is driven by. */
export interface DrivenBrowser {
  /** As it calls itself, with its version. */
  readonly name: string;
  open(address: string): Promise<void>;
  /** @returns what an expression is on the page */
  read(expression: string): Promise<unknown>;
  fill(selector: string, text: string): Promise<void>;
  press(selector: string): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

/** A kind of browser that this machine may have. */
export interface Kind {
  readonly name: string;
  /** What is missing, and how to get it; null where nothing is. */
  readonly missing: string | null;
  readonly start: () => Promise<DrivenBrowser>;
}
