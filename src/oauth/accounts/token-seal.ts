import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../core/config/app-config.js';
import { Seal } from '../../core/crypto/seal.js';

/** Seals the tokens that are kept for their revocation; the context is the identity's key. */
@Injectable()
export class TokenSeal extends Seal {
  constructor(config: AppConfig) {
    super(config.sessionSecrets, 'provider token');
  }
}
