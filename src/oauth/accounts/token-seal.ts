import { Injectable } from '@nestjs/common';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { SessionSettings } from '../../auth/session/session.settings.js';
import type { Identity } from '../../users/user.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals the tokens that are kept for taking a grant back: AES-256-GCM under a key made from
 * SESSION_SECRET, bound to the identity, so that a copy of the database holds no usable token and a
 * sealed one can't be moved to another account.
 */
@Injectable()
export class TokenSeal {
  private readonly keys: readonly Buffer[];

  constructor({ secrets }: SessionSettings) {
    this.keys = secrets.map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'provider token', 32)),
    );
  }

  seal(token: string, identity: Identity): string {
    const [key = Buffer.alloc(0)] = this.keys;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bindingOf(identity));
    const body = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** @returns the token; null when none of today's secrets opens it */
  open(sealed: string, identity: Identity): string | null {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return null;
    for (const key of this.keys) {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
        .setAAD(bindingOf(identity))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch {
        // Sealed under another secret: try the next one.
      }
    }
    return null;
  }
}

function bindingOf({ provider, subject }: Identity): Buffer {
  return Buffer.from(`${provider} ${subject}`);
}
