import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a ceremony is asked for, as much of it as matters here. */
interface Options {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id?: string };
  readonly user?: { readonly id: string };
}

/** What is not as it should be. */
export interface Wrong {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly userHandle?: string | null;
  readonly counter?: number;
  /** Bits of WebAuthn Level 3, section 6.1: 1 touched, 4 verified, 8 may be copied, 16 is copied. */
  readonly flags?: number;
  /** The signature is another key's. */
  readonly forged?: boolean;
  /** What a new key says of itself (RFC 9053); ES256 is what it is. */
  readonly algorithm?: 'ES512';
}

/** The label of the algorithm in a COSE key, and its value: -7 and -36. */
const ES256 = '0326';
const ES512 = '033823';

const ATTESTED = 64;
const TOUCHED_AND_VERIFIED = 5;

/** A passkey of a program that answers as it is told, where a browser would refuse to. */
export class SoftAuthenticator {
  readonly id: string;
  private readonly key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private userHandle = '';
  private counter = 0;

  constructor(
    private readonly origin: string,
    id = randomBytes(16).toString('base64url'),
  ) {
    this.id = id;
  }

  /** Makes the passkey. @returns what a page's script would send */
  make({ challenge, rp, user }: Options, wrong: Wrong = {}): string {
    this.userHandle = user?.id ?? '';
    const { x = '', y = '' } = this.key.publicKey.export({ format: 'jwk' });
    const id = Buffer.from(this.id, 'base64url');
    const attested = Buffer.concat([
      Buffer.alloc(16, 1),
      Buffer.from([id.length >> 8, id.length & 255]),
      id,
      // A COSE key in CBOR: EC2, ES256, P-256, and its coordinates.
      Buffer.from(`a50102${wrong.algorithm ? ES512 : ES256}2001215820`, 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]);
    const data = Buffer.concat([this.data(rp?.id, wrong, ATTESTED), attested]);
    const attestation = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
      Buffer.from([data.length]),
      data,
    ]);
    return this.sent({
      clientDataJSON: this.clientData('webauthn.create', challenge, wrong),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    });
  }

  /** Uses it. @returns what a page's script would send */
  use({ challenge, rpId }: Options, wrong: Wrong = {}): string {
    const data = this.data(rpId, wrong);
    const clientDataJSON = this.clientData('webauthn.get', challenge, wrong);
    const hash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest();
    const key: KeyObject = wrong.forged
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : this.key.privateKey;
    const userHandle = wrong.userHandle === undefined ? this.userHandle : wrong.userHandle;
    return this.sent({
      clientDataJSON,
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', Buffer.concat([data, hash]), key).toString('base64url'),
      ...(userHandle !== null && { userHandle }),
    });
  }

  private data(rpId = '', wrong: Wrong, more = 0): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(wrong.counter ?? ++this.counter);
    return Buffer.concat([
      createHash('sha256')
        .update(wrong.rpId ?? rpId)
        .digest(),
      Buffer.from([(wrong.flags ?? TOUCHED_AND_VERIFIED) | more]),
      counter,
    ]);
  }

  private clientData(type: string, challenge: string, wrong: Wrong): string {
    const data = { type, challenge, origin: this.origin, crossOrigin: false, ...claimed(wrong) };
    return Buffer.from(JSON.stringify(data)).toString('base64url');
  }

  private sent(response: object): string {
    const common = { type: 'public-key', clientExtensionResults: {} };
    return JSON.stringify({ id: this.id, rawId: this.id, response, ...common });
  }
}

function claimed({ type, challenge, origin }: Wrong): object {
  return { ...(type && { type }), ...(challenge && { challenge }), ...(origin && { origin }) };
}
