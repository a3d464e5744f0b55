import { randomBytes } from 'node:crypto';
import type { Dialect } from './dialects/dialect.js';
import { facebook } from './dialects/facebook.js';
import { github } from './dialects/github.js';
import { gitlab } from './dialects/gitlab.js';
import { google } from './dialects/google.js';
import type { StubbedProvider, StubClient } from './protocol.js';

/** One application, registered at one pretended provider. */
export interface Registration {
  readonly dialect: Dialect;
  readonly client: StubClient;
  /** The provider's addresses begin with this, without a slash at the end. */
  readonly base: string;
}

/** An application at each provider; the secrets live as long as the stub. */
export function register(origin: string): Readonly<Record<StubbedProvider, Registration>> {
  function at(dialect: Dialect): Registration {
    const clientId = `stub-${dialect.provider}-client`;
    const clientSecret = `stub-secret-${randomBytes(18).toString('base64url')}`;
    return { dialect, client: { clientId, clientSecret }, base: `${origin}/${dialect.provider}` };
  }
  return { google: at(google), github: at(github), facebook: at(facebook), gitlab: at(gitlab) };
}
