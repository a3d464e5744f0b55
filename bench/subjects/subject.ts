import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Visit } from '../client.js';
import type { Child } from '../child.js';
import { PERSON } from './person.js';

/** The pages that are measured. */
export const PAGES = [
  'home, signed in',
  'home, signed out',
  'login page',
  'settings',
  'static file',
  '404',
] as const;
export type PageName = (typeof PAGES)[number];

/** A server that answers, with everything behind it. */
export interface Subject {
  readonly name: string;
  readonly origin: string;
  /** The process that was started for it. */
  readonly own: Child;
  /** All processes whose processor time its answers cost. */
  readonly children: readonly Child[];
  /** The pages that it has. */
  readonly visits: Partial<Record<PageName, Visit>>;
  /** Milliseconds from the start of its own process to the first page that it answered. */
  readonly startTime: number;
  stop(): Promise<void>;
}

/** The pages of a server that has all of them, and what each must answer. */
export function expectations(browser: {
  /** The Cookie headers of the person and of a visitor who has been here before. */
  readonly signedIn: string;
  readonly visitor: string;
  /** The path of the style sheet, the largest static file. */
  readonly staticFile: string;
}): Record<PageName, Visit> {
  const { signedIn, visitor, staticFile } = browser;
  return {
    'home, signed in': { path: '/', cookie: signedIn, status: 200, holds: PERSON.name },
    'home, signed out': { path: '/', cookie: '', status: 200, holds: 'href="/login"' },
    'login page': { path: '/login', cookie: visitor, status: 200, holds: 'name="identifier"' },
    settings: { path: '/settings/profile', cookie: signedIn, status: 200, holds: PERSON.name },
    'static file': { path: staticFile, cookie: '', status: 200, holds: '--bs-body-color' },
    '404': { path: '/nowhere', cookie: '', status: 404, holds: '</html>' },
  };
}

/** Milliseconds. */
const [PATIENCE, BETWEEN_TRIES] = [60_000, 5];

/** Waits for the first page. @returns how long it took, in milliseconds @throws when none comes */
export async function firstAnswer(child: Child, origin: string, path: string): Promise<number> {
  const start = performance.now();
  for (;;) {
    const status = await ask(origin, path).then(
      (answer) => answer.status,
      () => 0,
    );
    const took = performance.now() - start;
    if (status === 200) return took;
    if (!child.running || took > PATIENCE) {
      throw new Error(`${origin}${path} does not answer: ${child.output.slice(-2000)}`);
    }
    await delay(BETWEEN_TRIES);
  }
}
