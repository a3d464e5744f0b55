import { randomUUID } from 'node:crypto';
import { AuthorizationRefused, readAuthorizationRequest } from './authorization-request.js';
import type { AuthorizationRequest } from './authorization-request.js';
import { consentPage, refusalPage } from './consent-page.js';
import type { Parameters } from './dialects/dialect.js';
import type { Grants } from './grants.js';
import { somebodyLike, whoever } from './people.js';
import type { Behaviour, Person } from './person.js';
import { seeOther } from './protocol.js';
import type { Answer, StubRequest } from './protocol.js';
import type { Registration } from './registration.js';

type Decision = Extract<Behaviour, { at: 'authorize' }>['does'] | null;

/** What the browser sees: the consent page and the way back. */
export class FrontChannel {
  /** Callback addresses of browsers that the second host is about to send on, once each. */
  private readonly detours = new Map<string, string>();

  constructor(private readonly grants: Grants) {}

  /** The page on which a person is chosen. */
  authorize(registration: Registration, query: URLSearchParams): Answer {
    return orRefusal(registration, () => {
      const { dialect, client } = registration;
      const request = readAuthorizationRequest(dialect.provider, client, query);
      return consentPage(dialect, request, query);
    });
  }

  /** The page's form. */
  decide(registration: Registration, { body, headers }: StubRequest): Answer {
    return orRefusal(registration, () => {
      // Another site could give consent in the person's name by a form of its own.
      if ((headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') {
        throw new AuthorizationRefused('This form was sent from another site.');
      }
      const person = chosen(body);
      const query = new URLSearchParams(body['request']);
      const callback = this.callback(registration, query, person);
      return seeOther(
        decisionOf(person) === 'returns-through-a-second-host'
          ? this.detour(registration, callback, headers.host ?? '')
          : callback,
      );
    });
  }

  /** The second host, another name of this machine: it sends the browser on to the application. */
  secondHost({ dialect }: Registration, query: URLSearchParams): Answer {
    const id = query.get('detour') ?? '';
    const callback = this.detours.get(id);
    this.detours.delete(id);
    return callback === undefined
      ? refusalPage(dialect, 'This address was used already, or never given out.')
      : seeOther(callback);
  }

  /**
   * The callback address that this person's decision leads to.
   * @throws AuthorizationRefused for a request that is never sent back
   */
  callback(registration: Registration, query: URLSearchParams, person: Person): string {
    const { dialect, client } = registration;
    const request = readAuthorizationRequest(dialect.provider, client, query);
    const parameters = new URLSearchParams(this.parameters(registration, request, person));
    if (request.state !== null) parameters.set('state', request.state);
    const joint = request.redirectUri.includes('?') ? '&' : '?';
    return `${request.redirectUri}${joint}${parameters.toString()}${dialect.fragment}`;
  }

  private parameters(
    { dialect, base }: Registration,
    request: AuthorizationRequest,
    person: Person,
  ): Parameters {
    const decision = decisionOf(person);
    if (decision === 'denies') return dialect.denied;
    if (decision === 'fails') return dialect.failed;
    return {
      code: this.grants.issueCode(request, person),
      ...dialect.consented(base, request),
      ...(decision === 'claims-another-issuer' ? { iss: `${base}-of-somebody-else` } : {}),
    };
  }

  private detour({ base, dialect }: Registration, callback: string, host: string): string {
    const id = randomUUID();
    this.detours.set(id, callback);
    const second = new URL(base);
    second.hostname = host.startsWith('127.0.0.1') ? 'localhost' : '127.0.0.1';
    return new URL(`/${dialect.provider}/second-host?detour=${id}`, second).href;
  }
}

function decisionOf({ behaviour }: Person): Decision {
  return behaviour?.at === 'authorize' ? behaviour.does : null;
}

/** Whom the form names: somebody of the list, or somebody typed in. */
function chosen(form: StubRequest['body']): Person {
  const { person: id, subject, name, login, email } = form;
  if (id === undefined && !subject) {
    throw new AuthorizationRefused('Choose a person, or give the subject of someone else.');
  }
  const person =
    id === undefined
      ? somebodyLike({
          id: 'someone-else',
          subject: subject ?? '',
          name: name ?? '',
          login: login ?? '',
          email: email ? email : null,
          emailVerified: form['verified'] === 'yes',
          avatar: null,
        })
      : whoever(id);
  if (!person) throw new AuthorizationRefused('The list has nobody of this name.');
  return person;
}

function orRefusal({ dialect }: Registration, answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof AuthorizationRefused) return refusalPage(dialect, error.message);
    throw error;
  }
}
