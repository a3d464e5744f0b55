import type { IncomingMessage, ServerResponse } from 'node:http';
import { BackChannel } from './back-channel.js';
import type { Outcome } from './back-channel.js';
import { stylesheet } from './consent-page-style.js';
import { faultAt, send, sendSpoiled } from './faults.js';
import { FrontChannel } from './front-channel.js';
import { Grants } from './grants.js';
import { isForLoopback, readRequest, trapPath } from './incoming.js';
import { json } from './protocol.js';
import type { Answer, StubbedProvider, StubRequest } from './protocol.js';
import { register } from './registration.js';
import type { Registration } from './registration.js';

/** How many requests are kept: a stub that runs for days must not grow without end. */
const remembered = 1_000;

/** Every field of every dialect: a client that follows a redirect of the stub gets a profile. */
const trapped = {
  access_token: 'stub-access-trapped',
  id: 666,
  sub: '666',
  login: 'trapped',
  username: 'trapped',
  name: 'Reached by following a redirect',
};

/** All stubbed providers behind one HTTP handler. */
export class StubServer {
  readonly requests: StubRequest[] = [];
  readonly registrations: Readonly<Record<StubbedProvider, Registration>>;
  readonly front: FrontChannel;
  readonly back: BackChannel;

  constructor(
    private readonly origin: string,
    now: () => number,
  ) {
    const grants = new Grants(now);
    this.registrations = register(origin);
    this.front = new FrontChannel(grants);
    this.back = new BackChannel(grants);
  }

  /** Answers, or spoils the answer, as the person of the request behaves. */
  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isForLoopback(message)) {
      return send(
        json(421, { error: 'The stub provider answers to loopback names only.' }),
        response,
      );
    }
    const url = new URL(message.url ?? '/', this.origin);
    if (url.pathname === '/stub.css') return send(css, response);
    const request = await readRequest(message, url, this.registrations);
    this.record(request);
    const { answer, person } = this.outcome(request, url.searchParams);
    const fault = person && faultAt(person, request.endpoint);
    if (fault === null) return send(answer, response);
    const trap = `${this.origin}/${request.provider}${trapPath}`;
    await sendSpoiled(fault, answer, trap, response);
  }

  /** Keeps a request, the newest at the end. */
  record(request: StubRequest): void {
    this.requests.push(request);
    if (this.requests.length > remembered) this.requests.shift();
  }

  private outcome(request: StubRequest, query: URLSearchParams): Outcome {
    if (request.provider === null) return plain(notFound);
    const registration = this.registrations[request.provider];
    switch (request.endpoint) {
      case 'authorize':
        return plain(this.front.authorize(registration, query));
      case 'decide':
        return plain(this.front.decide(registration, request));
      case 'secondHost':
        return plain(this.front.secondHost(registration, query));
      case 'token':
        return this.back.token(registration, request);
      case 'userInfo':
      case 'emails':
        return this.back.api(registration, request);
      case 'revocation':
        return this.back.revocation(registration, request);
      case 'trap':
        return plain(json(200, trapped));
      default:
        return plain(notFound);
    }
  }
}

const notFound = json(404, { error: 'The stub provider has nothing at this address.' });

const css: Answer = {
  status: 200,
  headers: { 'content-type': 'text/css; charset=utf-8' },
  body: stylesheet,
};

function plain(answer: Answer): Outcome {
  return { answer, person: null };
}
