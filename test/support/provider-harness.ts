import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomToken } from '../../src/core/crypto/random.js';
import type { Log } from '../../src/core/http/log.js';
import type { Events } from '../../src/core/events.js';
import type { OneTimeRecords, Purpose } from '../../src/core/one-time/one-time-records.js';
import type { SpentFlow } from '../../src/oauth/flow/flow.js';
import { AuthorizationFlow, type FlowOutcome } from '../../src/oauth/flow/authorization-flow.js';
import type { Client, Endpoints, OAuthProvider } from '../../src/oauth/providers/oauth-provider.js';
import {
  type ActiveProvider,
  ProviderRegistry,
} from '../../src/oauth/providers/provider.registry.js';
import { FlowStateStore } from '../../src/oauth/flow/flow-state-store.js';

/** A provider with its real strategy and our flow, without an application or a database. */
export interface Harness {
  /** @returns the address that a person is sent to */
  startFlow(): Promise<string>;
  /** The PKCE verifier that is kept for a state. */
  verifierOf(state: string): string;
  /** Starts a server that answers as it is told. */
  listen(): Promise<void>;
  /** A flow in which the provider sends these answers. */
  readAs(answers: Answers): Promise<FlowOutcome>;
  /** How many requests carried a token where a proxy would log it. */
  readonly tokensInAddresses: number;
  close(): Promise<void>;
}

interface Answers {
  readonly userInfo: string;
  readonly emails?: string;
  readonly token?: string;
}

interface Setup {
  readonly baseUrl: string;
  readonly client: Client;
  readonly endpoints: Endpoints;
}

const TOKEN = 'recorded-token';
const WHOSE = { browserId: 'browser', userId: null };
const FLOW = { intent: 'login', userId: null, next: null, remember: false } as const;

export function harness(provider: OAuthProvider, setup: Setup): Harness {
  const flows = new FlowsInMemory();
  // Only these two methods are called, and nobody listens.
  const records = flows as unknown as OneTimeRecords;
  const store = new FlowStateStore(records);
  const log = { event: () => undefined } as unknown as Log;
  const events = { publish: async () => undefined } as unknown as Events;
  const flow = new AuthorizationFlow(records, events, log);
  let active = activate(provider, setup, store);
  let server: Server | undefined;
  let answers: Answers = { userInfo: '' };
  let leaks = 0;

  const begin = () => flow.start(active, { ...FLOW, provider: provider.id }, WHOSE.browserId);
  return {
    startFlow: begin,
    verifierOf: (state) => flows.kept.get(state)?.verifier ?? '',
    async listen() {
      server = createServer((request, response) => {
        const { pathname, href } = new URL(request.url ?? '', 'http://provider');
        if (href.includes(TOKEN)) leaks += 1;
        response.setHeader('content-type', 'application/json');
        if (pathname === '/token') {
          return response.end(answers.token ?? `{"access_token":"${TOKEN}","token_type":"Bearer"}`);
        }
        return response.end(pathname === '/emails' ? answers.emails : answers.userInfo);
      });
      const listening = server.listen(0, '127.0.0.1');
      await new Promise((resolve) => listening.once('listening', resolve));
      const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
      const endpoints = {
        ...setup.endpoints,
        tokenURL: `${origin}/token`,
        // The end that Google's strategy knows OpenID Connect by.
        userInfoURL: `${origin}/userinfo`,
        emailsURL: `${origin}/emails`,
      };
      active = activate(provider, { ...setup, endpoints }, store);
    },
    async readAs(given) {
      answers = given;
      const state = new URL(await begin()).searchParams.get('state');
      const query = { state, code: 'recorded-code' };
      return flow.redeem(active, await flow.receive(active, query, WHOSE));
    },
    get tokensInAddresses() {
      return leaks;
    },
    close: () => new Promise((resolve) => (server ? server.close(() => resolve()) : resolve())),
  };
}

function activate(provider: OAuthProvider, setup: Setup, store: FlowStateStore): ActiveProvider {
  const { baseUrl, client, endpoints } = setup;
  return new ProviderRegistry(
    [provider],
    [{ provider, client, endpoints, issuer: provider.issuer(endpoints) }],
    baseUrl,
    store,
  ).get(provider.id);
}

/** The flows of one harness; what a database adds is shown by the stories over HTTP. */
class FlowsInMemory {
  readonly kept = new Map<string, SpentFlow>();

  async issue(_purpose: Purpose, _browserId: string, flow: SpentFlow): Promise<string> {
    const state = randomToken();
    this.kept.set(state, flow);
    return state;
  }

  async spend(_purpose: Purpose, _browserId: string, state: string): Promise<SpentFlow | null> {
    const flow = this.kept.get(state) ?? null;
    this.kept.delete(state);
    return flow;
  }
}
