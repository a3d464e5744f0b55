import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../../src/core/http/log.js';
import type { Flow, FlowStore, SpentFlow } from '../../src/oauth/flow/flow.store.js';
import { AuthorizationFlow, type FlowOutcome } from '../../src/oauth/flow/authorization-flow.js';
import type { Client, Endpoints, OAuthProvider } from '../../src/oauth/providers/oauth-provider.js';
import {
  type ActiveProvider,
  ProviderRegistry,
} from '../../src/oauth/providers/provider.registry.js';
import { FlowStateStore } from '../../src/oauth/flow/flow-state-store.js';

/** A provider with its real strategy and our handshake, without an application or a database. */
export interface Harness {
  /** @returns the address that a person is sent to */
  depart(): Promise<string>;
  /** The PKCE verifier that is kept for a state. */
  verifierOf(state: string): string;
  /** Starts a server that answers as it is told. */
  listen(): Promise<void>;
  /** A round trip on which the provider sends these answers. */
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
const FLOW = { intent: 'login', userId: null, next: null } as const;

export function harness(provider: OAuthProvider, setup: Setup): Harness {
  const flows = new FlowsInMemory();
  // Only these two methods are called, and none of the log's.
  const store = new FlowStateStore(flows as unknown as FlowStore);
  const log = { event: () => undefined } as unknown as Log;
  const handshake = new AuthorizationFlow(flows as unknown as FlowStore, log);
  let active = activate(provider, setup, store);
  let server: Server | undefined;
  let answers: Answers = { userInfo: '' };
  let leaks = 0;

  const begin = () => handshake.start(active, { ...FLOW, provider: provider.id }, 'session');
  return {
    depart: begin,
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
      return handshake.redeem(active, await handshake.receive(active, query, 'session'));
    },
    get tokensInAddresses() {
      return leaks;
    },
    close: () => new Promise((resolve) => (server ? server.close(() => resolve()) : resolve())),
  };
}

function activate(provider: OAuthProvider, setup: Setup, store: FlowStateStore): ActiveProvider {
  const { baseUrl, client, endpoints } = setup;
  return new ProviderRegistry([provider], [{ provider, client, endpoints }], baseUrl, store).get(
    provider.id,
  );
}

/** The flows of one harness; what a database adds is shown by the stories over HTTP. */
class FlowsInMemory {
  readonly kept = new Map<string, SpentFlow>();

  async begin(flow: Flow, _sessionId: string, verifier: string): Promise<string> {
    const state = `state-${Math.random().toString(36).slice(2).padEnd(12, '0')}-${this.kept.size}-${'0'.repeat(16)}`;
    this.kept.set(state, { ...flow, verifier });
    return state;
  }

  async spend(state: string): Promise<SpentFlow | null> {
    const flow = this.kept.get(state) ?? null;
    this.kept.delete(state);
    return flow;
  }
}
