import { isDate } from '../../core/clock.js';
import { isFilled, isName } from '../names/stored-text.js';

/** A passkey of an account (WebAuthn Level 3, section 4, "credential record"). */
export interface Passkey {
  /** The credential id as base64url: no two accounts have the same. */
  readonly id: string;
  /** COSE, as base64url. */
  readonly publicKey: string;
  /** How often the authenticator says that it was used; many always say 0. */
  readonly counter: number;
  /** How a browser reaches the authenticator. */
  readonly transports: readonly string[];
  /** Names the kind of authenticator. */
  readonly aaguid: string;
  /** The site's host when it was made: at another host no browser finds it. */
  readonly rpId: string;
  /** What the person calls it; absent: they have not named it. */
  readonly name?: string;
  /** Whether the authenticator may copy it to other devices; it never changes. */
  readonly backupEligible: boolean;
  /** Whether it is on more than one device. */
  readonly backedUp: boolean;
  readonly addedAt: Date;
  readonly lastUsedAt?: Date;
}

type Fields = Partial<Record<keyof Passkey, unknown>>;

/** Whether a stored value is a passkey, as it is unless some other hand has written it. */
export function isPasskey(item: unknown): item is Passkey {
  const fields = Object(item) as Fields;
  const { id, publicKey, aaguid, rpId, name, transports, counter, addedAt } = fields;
  const { backupEligible, backedUp, lastUsedAt = addedAt } = fields;
  return (
    [id, publicKey, aaguid, rpId].every(isFilled) &&
    [backupEligible, backedUp].every((each) => typeof each === 'boolean') &&
    [addedAt, lastUsedAt].every(isDate) &&
    (name === undefined || isName(name)) &&
    Array.isArray(transports) &&
    transports.every((each) => typeof each === 'string') &&
    Number.isFinite(counter)
  );
}
