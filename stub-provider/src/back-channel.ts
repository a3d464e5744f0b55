import { presentedCode } from './dialects/dialect.js';
import type { Grants } from './grants.js';
import type { Person } from './person.js';
import { basicCredentials } from './protocol.js';
import type { Answer, StubRequest } from './protocol.js';
import type { Registration } from './registration.js';

/** An answer, and the person whose behaviour may spoil it. */
export interface Outcome {
  readonly answer: Answer;
  /** `null` for a refusal, which is sent as it is. */
  readonly person: Person | null;
}

/** What the application's server calls: tokens, the API, revocation. */
export class BackChannel {
  /** `provider:subject`, newest last. */
  readonly revoked: string[] = [];

  constructor(private readonly grants: Grants) {}

  /** The token endpoint. */
  token({ dialect, client }: Registration, request: StubRequest): Outcome {
    const presented = presentedCode(request, basicCredentials(request));
    const granted = this.grants.redeem(dialect.provider, client, presented);
    return typeof granted === 'string'
      ? { answer: dialect.tokenRefused(granted, request), person: null }
      : { answer: dialect.tokenGranted(granted, request), person: granted.person };
  }

  /** The user info and e-mails endpoints. */
  api({ dialect, client }: Registration, request: StubRequest): Outcome {
    const grant = this.grants.find(dialect.provider, dialect.apiToken(request));
    if (!grant) return { answer: dialect.unauthorized, person: null };
    const call = { request, client, grant };
    const answer =
      request.endpoint === 'emails' && dialect.emails
        ? dialect.emails(call)
        : dialect.userInfo(call);
    return { answer, person: answer.status < 300 ? grant.person : null };
  }

  /** The revocation endpoint. A grant whose person makes it fail stays. */
  revocation({ dialect, client }: Registration, request: StubRequest): Outcome {
    const grant = this.grants.findByEither(dialect.provider, dialect.revocationToken(request));
    const answer = dialect.revoke(request, client, grant);
    if (!grant || answer.status >= 300) return { answer, person: null };
    if (grant.person.behaviour?.at !== 'revocation') {
      this.grants.revoke(grant);
      this.revoked.push(`${dialect.provider}:${grant.person.subject}`);
    }
    return { answer, person: grant.person };
  }
}
