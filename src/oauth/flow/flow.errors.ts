import { DomainError } from '../../core/domain-error.js';
import type { SpentFlow } from './flow.store.js';

/** A round trip to a provider came to nothing. */
export abstract class RoundTripFailed extends DomainError {
  /** @param flow null when none could be found that belongs to this request */
  constructor(
    provider: string,
    readonly flow: SpentFlow | null,
  ) {
    super({ provider });
  }
}

/** The state is unknown, spent, older than ten minutes, or of another browser or session. */
export class StaleRoundTrip extends RoundTripFailed {
  readonly code = 'provider-stale';
}

/** The person said no at the provider. */
export class DeniedAtProvider extends RoundTripFailed {
  readonly code = 'provider-denied';
}

/** The provider did not answer as it should. */
export class ProviderFailed extends RoundTripFailed {
  readonly code = 'provider-failed';
}

/** The person proved to be somebody at the provider who is not linked to the account. */
export class OtherIdentity extends RoundTripFailed {
  readonly code = 'identity-other';
}

/** Another identity of the same provider is linked to the account. */
export class ProviderLinkedAlready extends DomainError {
  readonly code = 'provider-linked-already';
}

/** Without it nothing would open the account. */
export class LastWayIn extends DomainError {
  readonly code = 'last-way-in';
}
