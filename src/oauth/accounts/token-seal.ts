import { Injectable } from '@nestjs/common';
import { Seal } from '../../core/crypto/seal.js';
import { SealSettings } from '../../core/crypto/seal.settings.js';

/** Seals the tokens that are kept for their revocation; the context is the identity's key. */
@Injectable()
export class TokenSeal extends Seal {
  constructor({ secrets }: SealSettings) {
    super(secrets, 'provider token');
  }
}
