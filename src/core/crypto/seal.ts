import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deriveKeys } from './keys.js';

const CIPHER = 'aes-256-gcm';
/** Bytes, as NIST SP 800-38D recommends for GCM. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts texts that the database keeps: AES-256-GCM under a key of one purpose. A sealed text is bound to
 * a context, such as its record, so that it can't be moved to another one.
 */
export class Seal {
  private readonly keys: readonly Buffer[];

  /**
   * @param secrets newest first: the first seals, all open
   * @param purpose in words; texts of different purposes don't open each other
   */
  constructor(secrets: readonly string[], purpose: string) {
    this.keys = deriveKeys(secrets, purpose);
  }

  /** @throws when there is no secret */
  seal(text: string, context: string): string {
    const [key] = this.keys;
    if (!key) throw new Error('There is no secret to seal with');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
  }

  /**
   * @param sealed as stored: some other hand may have written anything there
   * @returns the text; null when it is not whole, of another context, or of a secret that is gone
   */
  open(sealed: unknown, context: string): string | null {
    if (typeof sealed !== 'string') return null;
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return null;
    for (const key of this.keys) {
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch {
        // Sealed under another secret: the next one may open it.
      }
    }
    return null;
  }
}
