import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { firstOfEach } from './incoming.js';
import { people, somebodyLike, whoever } from './people.js';
import type { Person } from './person.js';
import type { StubbedProvider, StubClient, StubEndpoints, StubRequest } from './protocol.js';
import { StubServer } from './stub-server.js';

export { people } from './people.js';
export { stubbedProviders } from './protocol.js';
export type { Behaviour, Fault, PeopleGroup, Person } from './person.js';
export type {
  StubbedProvider,
  StubClient,
  StubEndpoint,
  StubEndpoints,
  StubRequest,
} from './protocol.js';

/** How a stub is started. */
export interface StubProviderOptions {
  /** 0, or nothing, for any that is free. */
  readonly port?: number;
  /** The time in milliseconds since 1970, by which codes expire. */
  readonly now?: () => number;
}

/** A running stub: Google, GitHub, Facebook and GitLab on one loopback port. */
export interface StubProvider {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The keys to configure a provider with; the secret is new at every start. */
  credentials(provider: StubbedProvider): StubClient;
  /** The addresses to configure a provider with. */
  endpoints(provider: StubbedProvider): StubEndpoints;
  /** The last thousand requests, newest last. */
  readonly requests: readonly StubRequest[];
  /** The grants that were revoked, newest last, as `provider:subject`. */
  readonly revoked: readonly string[];
  /**
   * For tests: answers an authorize request as this person, without the page, and gives the
   * address to go back to. Somebody given by fields is Ada, with these fields instead of hers.
   * @throws Error for a request that the provider answers with a page, and for an unknown person
   */
  decide(authorizeUrl: string, person: string | Partial<Person>): Promise<string>;
  /** Ends the stub and every connection to it, also those that hang on purpose. */
  close(): Promise<void>;
}

/**
 * Starts the stub on loopback.
 * @throws Error in production, and when the port is taken
 */
export async function startStubProvider(options: StubProviderOptions = {}): Promise<StubProvider> {
  // Read here rather than taken from the configuration: whoever starts it, by whatever way, the
  // stub lets anybody be anybody.
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error(
      'The stub provider lets anybody sign in as anybody, so it does not start in production.',
    );
  }
  const server = createServer();
  const origin = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;
  const stub = new StubServer(origin, options.now ?? Date.now);
  server.on('request', (message, response) => {
    // A client that leaves in the middle of its request is no error of the stub's.
    stub.handle(message, response).catch(() => response.destroy());
  });
  return {
    origin,
    credentials: (provider) => stub.registrations[provider].client,
    endpoints(provider) {
      const { dialect, base, client } = stub.registrations[provider];
      return dialect.endpoints(base, client);
    },
    requests: stub.requests,
    revoked: stub.back.revoked,
    // Async although nothing waits, so that a refusal is a rejection.
    decide: async (authorizeUrl, person) => decide(stub, authorizeUrl, person),
    close: () => close(server),
  };
}

function decide(stub: StubServer, authorizeUrl: string, choice: string | Partial<Person>): string {
  const url = new URL(authorizeUrl);
  const registration = Object.values(stub.registrations).find(
    ({ dialect, base, client }) =>
      dialect.endpoints(base, client).authorizationURL === `${url.origin}${url.pathname}`,
  );
  if (!registration) throw new Error(`No stubbed provider authorizes at ${authorizeUrl}.`);
  const person = typeof choice === 'string' ? named(choice) : somebodyLike(choice);
  const { dialect, base } = registration;
  stub.record({
    provider: dialect.provider,
    endpoint: 'authorize',
    method: 'GET',
    path: `${url.origin}${url.pathname}`.slice(base.length),
    query: firstOfEach(url.searchParams),
    body: {},
    headers: {},
  });
  return stub.front.callback(registration, url.searchParams, person);
}

function named(id: string): Person {
  const person = whoever(id);
  if (person) return person;
  const ids = people.flatMap((group) => group.people.map((one) => one.id));
  throw new Error(`Nobody is called "${id}". There are: ${ids.join(', ')}.`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Never 0.0.0.0 or ::, which other hosts reach.
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error('The stub provider has no port.'));
      } else {
        resolve(address.port);
      }
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
