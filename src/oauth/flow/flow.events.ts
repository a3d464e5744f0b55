import { AccountEvent } from '../../users/account.events.js';
import type { Intent } from './flow.js';

/** Somebody came back from a provider, and nothing came of it. */
export class FlowRefused extends AccountEvent {
  readonly name = 'flow-refused';
  override readonly result = 'failure';

  /**
   * @param accountId who was signed in
   * @param intent null when no flow belongs to what came
   * @param reason the code of the error
   */
  constructor(accountId: string | null, provider: string, intent: Intent | null, reason: string) {
    super(accountId, { provider, intent: intent ?? 'unknown', reason });
  }
}
