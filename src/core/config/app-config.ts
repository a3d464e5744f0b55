import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { resolve } from 'node:path';
import { uriProblems } from '../database/mongodb-uri.js';
import { addressProblems, isLoopback, proxyProblems } from './address-rules.js';
import { developmentSecrets, type Secrets } from './development-secrets.js';
import { Environment } from './variables.js';
import { InvalidConfiguration } from './invalid-configuration.js';
import { secretProblem } from './secret-strength.js';

/** The settings of one running application: typed, checked and frozen. Read nowhere else. */
export class AppConfig {
  /** Guards of a real deployment are on: strong secrets, secure cookies, JSON logs. */
  readonly production: boolean;
  /** On one's own machine: not production, and BASE_URL is a loopback address. Alone may have development pages. */
  readonly development: boolean;
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
  /** Origin that people see, without a trailing slash. Every absolute link starts with it. */
  readonly baseUrl: string;
  /** Absolute path of the folder that holds the embedded database and development secrets. */
  readonly dataDir: string;
  /** Where MongoDB listens; empty: the embedded one. */
  readonly mongodbUri: string;
  /** Newest first: the first signs, all are accepted. */
  readonly sessionSecrets: readonly string[];
  /** Newest first: the first is used for new hashes, all for verification. */
  readonly passwordPeppers: readonly string[];
  readonly bcryptCost: number;
  /** Unicode code points. */
  readonly passwordMinLength: number;
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** The product's name as people see it. */
  readonly brand: string;
  /** The environment as given, for the modules that read settings of their own kind (see `OAuthSettings`). */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether people reach the site over https. */
  readonly secure: boolean;

  constructor(settings: AppConfig) {
    Object.assign(this, settings);
    Object.freeze(this);
  }
}

/**
 * Reads the environment into the one configuration object.
 *
 * @param variables environment variables, those of the env file included
 * @param secretsIn gives the secrets of development mode in a data folder; makes them when left out
 * @throws InvalidConfiguration with one sentence for each mistake, secrets never quoted
 */
export function readConfig(
  variables: Record<string, unknown>,
  secretsIn: (dataDir: string) => Secrets = developmentSecrets,
): AppConfig {
  const given = Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    ),
  );
  const environment = plainToInstance(Environment, given, { exposeDefaultValues: true });
  const problems = validateSync(environment).flatMap((error) =>
    Object.values(error.constraints ?? {}),
  );

  const production = environment.NODE_ENV === 'production';
  const baseUrl = originOf(environment.BASE_URL || localAddress(environment.PORT));
  const loopback = baseUrl !== null && isLoopback(baseUrl.hostname);
  const development = !production && loopback;
  problems.push(...addressProblems(environment, baseUrl, production, loopback));
  problems.push(...proxyProblems(environment.TRUST_PROXY));

  const dataDir = resolve(environment.DATA_DIR);
  const generated = development && problems.length === 0 ? secretsIn(dataDir) : undefined;
  const secrets = secretsOf(environment, development, generated);
  problems.push(...secrets.problems);
  if (production && environment.BCRYPT_COST < 12) {
    problems.push('BCRYPT_COST must be 12 or more in production (OWASP Password Storage).');
  }
  if (production && environment.MONGODB_URI === '') {
    problems.push(
      'MONGODB_URI is missing: give the address of MongoDB, or "embedded" to use the built-in database of a single small machine.',
    );
  }
  if (/^mongodb/.test(environment.MONGODB_URI))
    problems.push(...uriProblems(environment.MONGODB_URI));
  if (problems.length > 0 || baseUrl === null) throw new InvalidConfiguration(problems);

  return new AppConfig({
    production,
    development,
    port: environment.PORT,
    host: environment.HOST || (production ? '0.0.0.0' : '127.0.0.1'),
    baseUrl: baseUrl.origin,
    dataDir,
    mongodbUri: environment.MONGODB_URI === 'embedded' ? '' : environment.MONGODB_URI,
    sessionSecrets: secrets.sessionSecrets,
    passwordPeppers: secrets.passwordPeppers,
    bcryptCost: environment.BCRYPT_COST,
    passwordMinLength: environment.PASSWORD_MIN_LENGTH,
    trustedProxies: environment.TRUST_PROXY,
    brand: environment.BRAND,
    variables: given,
    secure: baseUrl.protocol === 'https:',
  });
}

// A port that can't be one is told of by itself.
function localAddress(port: number): string {
  const address = `http://localhost:${port}`;
  return URL.canParse(address) ? address : 'http://localhost';
}

function originOf(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url : null;
}

function secretsOf(
  environment: Environment,
  development: boolean,
  generated: Secrets | undefined,
): { sessionSecrets: string[]; passwordPeppers: string[]; problems: string[] } {
  const sessionSecrets = environment.SESSION_SECRET;
  const passwordPeppers = environment.PASSWORD_PEPPER;
  if (generated && sessionSecrets.length === 0) sessionSecrets.push(generated.SESSION_SECRET);
  if (generated && passwordPeppers.length === 0) passwordPeppers.push(generated.PASSWORD_PEPPER);
  const problems = Object.entries({
    SESSION_SECRET: sessionSecrets,
    PASSWORD_PEPPER: passwordPeppers,
    // One that development makes by itself is not missed.
  }).flatMap(([name, values]) =>
    development && values.length === 0 ? [] : secretProblem(name, values),
  );
  if (sessionSecrets.some((secret) => passwordPeppers.includes(secret))) {
    problems.push('SESSION_SECRET and PASSWORD_PEPPER must differ.');
  }
  return { sessionSecrets, passwordPeppers, problems };
}
