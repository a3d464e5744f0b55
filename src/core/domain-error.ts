/** Values that a sentence of the message catalogue may name; a date is written as the language writes days. */
export type MessageParams = Readonly<Record<string, string | number | Date>>;

/** A sentence that is not yet in anybody's language. */
export interface Message {
  /** Key in the message catalogue. */
  readonly key: string;
  readonly params?: MessageParams;
}

/**
 * Something that a person can do wrong or that stands in their way. It states a fact; the sentence
 * for people is `errors.<code>` in the message catalogue, and the edge turns it into a page once.
 */
export abstract class DomainError extends Error {
  /** Key below `errors` in the message catalogue. */
  abstract readonly code: string;
  /** The form field that the sentence belongs beside; none: it is about the whole form. */
  readonly field?: string;

  constructor(readonly params: MessageParams = {}) {
    super();
    this.name = new.target.name;
  }
}

/** More tries than a limit allows. */
export class TooManyAttempts extends DomainError {
  readonly code: string;

  /** @param retryAfter seconds until the next try is looked at */
  constructor(readonly retryAfter: number) {
    const minutes = Math.max(1, Math.ceil(retryAfter / 60));
    super({ minutes, hours: Math.ceil(minutes / 60) });
    this.code = minutes > 90 ? 'too-many-attempts-long' : 'too-many-attempts';
  }
}

/** Too much is under way; nothing was tried. */
export class TooBusy extends DomainError {
  readonly code = 'too-busy';
  /** Seconds. What waits in a full queue is done within about this time. */
  readonly retryAfter = 10;

  /** @param message for the log: what is full */
  constructor(override readonly message: string) {
    super();
  }
}
