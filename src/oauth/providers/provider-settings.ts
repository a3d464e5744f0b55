import { isLoopback } from '../../core/config/address-rules.js';
import { InvalidConfiguration } from '../../core/config/invalid-configuration.js';
import type { Client, Endpoints, OAuthProvider } from './oauth-provider.js';

/** A provider that has keys. */
export interface ProviderSettings {
  readonly provider: OAuthProvider;
  readonly client: Client;
  readonly endpoints: Endpoints;
  /** Who speaks for the subjects (see `OAuthProvider.issuer`). */
  readonly issuer: string;
}

type Variables = Readonly<Record<string, string>>;

/** The setting for each address, after the provider's name in capitals. */
const ADDRESSES: Readonly<Record<keyof Endpoints, string>> = {
  authorizationURL: 'AUTHORIZATION_URL',
  tokenURL: 'TOKEN_URL',
  userInfoURL: 'USERINFO_URL',
  emailsURL: 'EMAILS_URL',
  revocationURL: 'REVOCATION_URL',
  issuer: 'ISSUER',
};

/** What people leave in a file that they copied. */
const PLACEHOLDER = /change.?me|example|placeholder|^your|^x+$|^client.?(id|secret)$/i;

/**
 * @param providers those that could be configured
 * @param variables the environment
 * @param production whether addresses must be https
 * @returns those that have keys
 * @throws InvalidConfiguration with a sentence for each mistake; a secret is never in it
 */
export function readProviders(
  providers: readonly OAuthProvider[],
  variables: Variables,
  production: boolean,
): ProviderSettings[] {
  const problems: string[] = [];
  const settings = providers.flatMap((provider) => {
    const client = readClient(provider, variables, problems);
    if (!client) return [];
    const endpoints = readEndpoints(provider, variables, production, problems);
    return [{ provider, client, endpoints, issuer: provider.issuer(endpoints) }];
  });
  if (problems.length > 0) throw new InvalidConfiguration(problems);
  return settings;
}

/** Whether any provider has a key, half-set ones included. */
export function hasKeys(providers: readonly OAuthProvider[], variables: Variables): boolean {
  return providers.some((provider) => keyNames(provider).some((name) => variables[name]));
}

/** The names of a provider's client id and secret. */
export function keyNames({ id }: OAuthProvider): readonly [string, string] {
  const prefix = id.toUpperCase();
  return [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`];
}

/** The environment that would give a provider these addresses. */
export function addressVariables({ id }: OAuthProvider, endpoints: Endpoints): Variables {
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, url]) => [
      `${id.toUpperCase()}_${ADDRESSES[name as keyof Endpoints]}`,
      String(url),
    ]),
  );
}

function readClient(
  provider: OAuthProvider,
  variables: Variables,
  problems: string[],
): Client | null {
  const [idName, secretName] = keyNames(provider);
  const { [idName]: clientId, [secretName]: clientSecret } = variables;
  if (!clientId && !clientSecret) return null;
  if (!clientId || !clientSecret) {
    const [missing, other] = clientId ? [secretName, idName] : [idName, secretName];
    problems.push(
      `${missing} is missing, though ${other} is set: set both, or none to do without.`,
    );
    return null;
  }
  for (const [name, value] of [
    [idName, clientId],
    [secretName, clientSecret],
  ] as const) {
    if (PLACEHOLDER.test(value)) problems.push(`${name} looks like an example.`);
  }
  return { clientId, clientSecret };
}

function readEndpoints(
  provider: OAuthProvider,
  variables: Variables,
  production: boolean,
  problems: string[],
): Endpoints {
  const given = Object.entries(ADDRESSES).flatMap(([name, suffix]) => {
    const variable = `${provider.id.toUpperCase()}_${suffix}`;
    const address = variables[variable];
    if (!address) return [];
    if (!isAcceptable(address, production)) {
      problems.push(`${variable} must be an absolute https:// address.`);
    }
    return [[name, address] as const];
  });
  return { ...provider.endpoints(variables), ...Object.fromEntries(given) };
}

// Tokens and secrets travel there: plain http only to this machine, and never in production.
function isAcceptable(address: string, production: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname) && !production);
}
