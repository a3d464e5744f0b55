import { isLoopback } from '../../core/config/address-rules.js';
import type { Environment } from '../../core/config/environment.js';
import type { SettingsReader } from '../../core/config/settings-reader.js';
import type { Client, Endpoints, OAuthProvider } from './oauth-provider.js';

/** A provider that has keys. */
export interface ProviderSettings {
  readonly provider: OAuthProvider;
  readonly client: Client;
  readonly endpoints: Endpoints;
  /** Who speaks for the subjects (see `OAuthProvider.issuer`). */
  readonly issuer: string;
}

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

/** @returns null for a provider that has no keys */
export function readProvider(
  provider: OAuthProvider,
  read: SettingsReader,
): ProviderSettings | null {
  const client = readClient(provider, read);
  if (!client) return null;
  const endpoints = readEndpoints(provider, read);
  return { provider, client, endpoints, issuer: issuerOf(provider, endpoints) };
}

/** @returns the issuer in one spelling: another one of the same address must not part people from their accounts */
function issuerOf(provider: OAuthProvider, endpoints: Endpoints): string {
  const authorizationURL = plainAddress(endpoints.authorizationURL);
  return plainAddress(provider.issuer({ ...endpoints, authorizationURL }));
}

function plainAddress(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** The names of a provider's client id and secret. */
export function keyNames({ id }: OAuthProvider): readonly [string, string] {
  const prefix = id.toUpperCase();
  return [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`];
}

/** The environment that would give a provider these addresses. */
export function addressVariables({ id }: OAuthProvider, endpoints: Endpoints): Environment {
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, url]) => [
      `${id.toUpperCase()}_${ADDRESSES[name as keyof Endpoints]}`,
      String(url),
    ]),
  );
}

function readClient(provider: OAuthProvider, read: SettingsReader): Client | null {
  const [idName, secretName] = keyNames(provider);
  const [clientId, clientSecret] = [read.text(idName), read.text(secretName)];
  if (clientId === '' && clientSecret === '') return null;
  if (clientId === '' || clientSecret === '') {
    const [missing, other] = clientId ? [secretName, idName] : [idName, secretName];
    read.problems.push(
      `${missing} is missing, though ${other} is set: set both, or none to do without.`,
    );
    return null;
  }
  for (const name of [idName, secretName]) {
    if (PLACEHOLDER.test(read.text(name))) read.problems.push(`${name} looks like an example.`);
  }
  return { clientId, clientSecret };
}

function readEndpoints(provider: OAuthProvider, read: SettingsReader): Endpoints {
  const given = Object.entries(ADDRESSES).flatMap(([name, suffix]) => {
    const variable = `${provider.id.toUpperCase()}_${suffix}`;
    const address = read.text(variable);
    if (address === '') return [];
    if (!isAcceptable(address, read.production)) {
      read.problems.push(`${variable} must be an absolute https:// address.`);
      return [];
    }
    return [[name, address] as const];
  });
  const standard = provider.endpoints(read.variables);
  demandAll(provider, standard, read);
  return { ...standard, ...Object.fromEntries(given) };
}

/**
 * All addresses but the issuer's are set, or none: subjects told by one installation under the issuer of
 * another would open the accounts of others.
 */
function demandAll({ id }: OAuthProvider, standard: Endpoints, read: SettingsReader): void {
  const variableOf = (name: string) => `${id.toUpperCase()}_${ADDRESSES[name as keyof Endpoints]}`;
  const set = Object.keys(ADDRESSES)
    .map(variableOf)
    .filter((each) => read.text(each) !== '');
  const missing = Object.keys(standard)
    .filter((name) => name !== 'issuer')
    .map(variableOf)
    .filter((each) => read.text(each) === '');
  if (set.length === 0 || missing.length === 0) return;
  const [verb, list] = [missing.length > 1 ? 'are' : 'is', missing.join(', ')];
  read.problems.push(
    `${list} ${verb} missing, though ${set.join(', ')} ${set.length > 1 ? 'are' : 'is'} set: the addresses of an installation are set together, or none of them.`,
  );
}

// Tokens and secrets travel there: plain http only to this machine, and never in production.
function isAcceptable(address: string, production: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname) && !production);
}
