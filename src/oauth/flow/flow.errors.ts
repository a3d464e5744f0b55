import { DomainError } from '../../core/domain-error.js';
import type { SpentFlow } from './flow.js';

/** A flow came to nothing. */
export abstract class FlowFailed extends DomainError {
  /** @param flow null when none could be found that belongs to this request */
  constructor(
    provider: string,
    readonly flow: SpentFlow | null,
  ) {
    super({ provider });
  }
}

/** The state is unknown, spent, older than ten minutes, or of another browser or session. */
export class StaleFlow extends FlowFailed {
  readonly code = 'provider-stale';
}

/** The person said no at the provider. */
export class DeniedAtProvider extends FlowFailed {
  readonly code = 'provider-denied';
}

/** The provider did not answer as it should. */
export class ProviderFailed extends FlowFailed {
  readonly code = 'provider-failed';
}

/** The person turned out to be somebody at the provider who is not linked to the account. */
export class OtherIdentity extends FlowFailed {
  readonly code = 'identity-other';
}

/** Another identity of the same provider is linked to the account. */
export class ProviderLinkedAlready extends DomainError {
  readonly code = 'provider-linked-already';
}
