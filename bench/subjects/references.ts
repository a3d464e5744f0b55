import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../src/core/paths.js';
import { freePort } from '../../test/support/free-port.js';
import { Child } from '../child.js';
import { ask } from '../client.js';
import { PERSON } from './person.js';
import type { Setting } from '../setting.js';
import type { Database } from './database.js';
import { pageOf } from './product.js';
import { expectations, firstAnswer, type PageName, type Subject } from './subject.js';

/** Servers that do the product's reads and send its pages, and nothing else; each with its program. */
const PROGRAMS = { floor: 'floor.js', 'bare Nest': 'nest.js', limit: 'limit.js' } as const;
export type Reference = keyof typeof PROGRAMS;

/** The product's own static files, as its build made them. */
const ASSETS = join(projectRoot, 'dist/assets');

/** The pages that they render, by the names that they know them by. */
const TEMPLATES: Readonly<Record<string, PageName>> = {
  home: 'home, signed in',
  welcome: 'home, signed out',
  login: 'login page',
  settings: 'settings',
  missing: '404',
};

export interface ReferenceOptions {
  readonly name: Reference;
  readonly database: Database;
  /** The file that `writeTemplates` wrote. */
  readonly templates: string;
}

/**
 * Writes templates that give the product's own pages, so that every server sends the same bytes
 * whatever the product's pages come to look like.
 *
 * @returns the file that holds them
 */
export async function writeTemplates(product: Subject, folder: string): Promise<string> {
  const templates: Record<string, string> = {};
  for (const [name, page] of Object.entries(TEMPLATES)) {
    templates[name] = asTemplate(await pageOf(product, page));
  }
  const file = join(folder, 'templates.json');
  writeFileSync(file, JSON.stringify(templates));
  return file;
}

/** Starts one with a session of the person's, and one of a visitor's. */
export async function startReference(
  { node, folder }: Setting,
  { name, database, templates }: ReferenceOptions,
): Promise<Subject> {
  const port = await freePort();
  const child = Child.start({
    name: name.replaceAll(' ', '-'),
    node,
    script: fileURLToPath(new URL(`../servers/${PROGRAMS[name]}`, import.meta.url)),
    folder,
    environment: {
      NODE_ENV: 'production',
      PORT: String(port),
      MONGODB_URI: database.uri,
      TEMPLATES: templates,
      PUBLIC_FOLDER: ASSETS,
    },
  });
  const origin = `http://127.0.0.1:${port}`;
  const startTime = await firstAnswer(child, origin, '/login');
  const signedIn = (await ask(origin, '/enter', { method: 'POST' })).cookie;
  const visitor = (await ask(origin, '/login')).cookie;
  const all = expectations({ signedIn, visitor, staticFile: `/${stylesheet()}` });
  const { 'home, signed in': home } = all;
  return {
    name,
    origin,
    own: child,
    children: [child, database.child],
    visits: name === 'limit' ? { 'home, signed in': home } : all,
    startTime,
    stop: () => child.stop(),
  };
}

function stylesheet(): string {
  return readdirSync(ASSETS).find((name) => name.endsWith('.css')) ?? '';
}

function asTemplate(page: string): string {
  return page
    .replaceAll(PERSON.name, '{{user.name}}')
    .replaceAll(PERSON.email, '{{user.email}}')
    .replaceAll(PERSON.username, '{{user.username}}')
    .replaceAll(/name="_csrf" value="[^"]*"/g, 'name="_csrf" value="{{csrfToken}}"');
}
