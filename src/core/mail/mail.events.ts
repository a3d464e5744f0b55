import { DomainEvent } from '../events.js';

/**
 * A mail server has refused the address of a mail for good (550). Published before the mail is removed,
 * so that a listener that stores it may be told twice, and is told once at least.
 */
export class MailRefused extends DomainEvent {
  constructor(
    readonly kind: string,
    readonly to: string,
    /** What the mail's template read: whoever sent it finds there whom it was about. */
    readonly data: Readonly<Record<string, unknown>>,
  ) {
    super();
  }
}
