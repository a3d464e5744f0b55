import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.js';
import { Visitor } from '../../test/support/visitor.js';
import { Child } from '../child.js';
import { ask } from '../client.js';
import type { Setting } from '../setting.js';
import { PERSON } from './person.js';
import type { Database } from './database.js';
import { expectations, firstAnswer, type PageName, type Subject } from './subject.js';

/** As in production: the smallest deployment, behind a proxy on the same machine. */
const DEPLOYMENT = {
  NODE_ENV: 'production',
  BASE_URL: 'https://accounts.example.org',
  MAIL_URL: 'off',
  HOST: '127.0.0.1',
  TRUST_PROXY: 'loopback',
  SESSION_SECRET: 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u',
  PASSWORD_PEPPER: 'Xc5vBn7mQw9eRt2yUi4oPa6sDf8gHj3k',
};

/** What makes tests of the benchmark quick, and shows what hashing would hide. */
export const CHEAP_HASHES = {
  NODE_ENV: 'test',
  BASE_URL: 'http://localhost',
  BCRYPT_COST: '4',
} as const;

export interface ProductOptions {
  readonly name: string;
  /** Where the data is; left out: the embedded server within the process. */
  readonly database?: Database;
  /** Where the embedded server within keeps its data; left out: a folder of this product's own. */
  readonly dataDir?: string;
  readonly nodeOptions?: readonly string[];
}

/** @returns the address of the site that a product is started as */
export function baseUrlOf({ environment }: Setting): string {
  return environment['BASE_URL'] ?? DEPLOYMENT.BASE_URL;
}

/** Starts the product and waits for its first page; nobody has registered yet. */
export async function startProduct(setting: Setting, options: ProductOptions): Promise<Subject> {
  const { node, root, folder, environment } = setting;
  const { name, database, nodeOptions } = options;
  const port = await freePort();
  const fileName = name.replaceAll(/\W+/g, '-');
  const child = Child.start({
    name: fileName,
    node,
    script: join(root, 'dist/src/main.js'),
    folder,
    ...(nodeOptions && { nodeOptions }),
    environment: {
      ...DEPLOYMENT,
      PORT: String(port),
      DATA_DIR: options.dataDir ?? join(folder, fileName),
      MONGODB_URI: database?.uri ?? 'embedded',
      ...environment,
    },
  });
  const origin = `http://127.0.0.1:${port}`;
  return {
    name,
    origin,
    own: child,
    children: database ? [child, database.child] : [child],
    visits: {},
    startTime: await firstAnswer(child, origin, '/login'),
    stop: () => child.stop(),
  };
}

/** Registers a person. @returns the same product with its pages, as that person and a visitor see them */
export async function withPerson(product: Subject): Promise<Subject> {
  const person = new Visitor(product.origin, '198.51.100.1');
  await person.register(PERSON.username);
  // Takes the greeting away, which the first page after it shows.
  await person.get('/');
  const signedIn = cookiesOf(person);
  // A browser that has been here before sends what it was given.
  const visitor = new Visitor(product.origin, '198.51.100.2');
  const { html } = await visitor.get('/login');
  const [, staticFile = ''] = /href="([^"]*\/app\.[^"]*css)"/.exec(html) ?? [];
  const visits = expectations({ signedIn, visitor: cookiesOf(visitor), staticFile });
  return { ...product, visits };
}

/** @returns the page as the product answers it; for a server that is to answer the same */
export async function pageOf(product: Subject, page: PageName): Promise<string> {
  const { path = '/', cookie = '' } = product.visits[page] ?? {};
  return (await ask(product.origin, path, { cookie })).body;
}

function cookiesOf({ cookies }: Visitor): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}
