import type { Mailbox } from './mail.settings.js';

/** A mail as it leaves the application. */
export interface Message {
  /** Its Message-ID, without brackets: the same each time that it is handed over. */
  readonly id: string;
  readonly from: Mailbox;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The server refuses the address for good: trying again would change nothing. */
export class RecipientRefused extends Error {}

/** Hands mails over to whatever delivers them. */
export abstract class Mailer {
  /**
   * Resolves once the mail is in other hands.
   *
   * @param signal ends the try
   * @throws RecipientRefused; any other error is one that the next try may not meet
   */
  abstract send(message: Message, signal: AbortSignal): Promise<void>;

  /** @throws when mail can't be handed over now */
  abstract verify(): Promise<void>;
}
