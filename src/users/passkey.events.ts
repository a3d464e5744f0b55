import { AccountChange } from './account.events.js';

export class PasskeyAdded extends AccountChange {
  readonly name = 'passkey-added';
}

export class PasskeyRemoved extends AccountChange {
  readonly name = 'passkey-removed';
}

/** Somebody else may have a copy of the passkey: its counter did not grow. */
export class PasskeyCopied extends AccountChange {
  readonly name = 'passkey-copied';
  override readonly result = 'failure';
}
