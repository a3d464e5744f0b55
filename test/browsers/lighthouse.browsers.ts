import { createRequire } from 'node:module';
import puppeteer from 'puppeteer-core';
import { startApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/free-port.js';
import { chromiumPath } from './puppeteer.js';

/** Of Lighthouse's result, what is looked at; the package is no dependency. */
interface Report {
  readonly lhr: {
    readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  };
}
type Lighthouse = (address: string, flags: object) => Promise<Report>;

const CATEGORIES = ['accessibility', 'best-practices', 'seo', 'performance'] as const;
/** Odd, for the median. */
const ROUNDS = 5;

/** 200 packages and 186 MB, the last version for Node 20: nothing that every install should bring. */
const INSTALL = 'npm install --no-save lighthouse@12.8.2';

const lighthouse = await load();
const missing =
  chromiumPath === undefined ? 'install chromium' : lighthouse === null ? INSTALL : null;

let app: TestApp;
beforeAll(async () => {
  const port = await freePort();
  const base = { PORT: String(port), BASE_URL: `http://localhost:${port}` };
  app = await startApp({ ...base, LOG_PROBES: 'no' });
});
afterAll(() => app.close());

const look = missing === null ? it : it.skip;
const told = missing === null ? '' : `left out (${missing}): `;

look.each(['/', '/login', '/register'])(
  `${told}Lighthouse finds nothing to say against %s`,
  async (path) => {
    const browser = await puppeteer.launch({
      args: ['--no-sandbox', '--disable-gpu'],
      ...(chromiumPath && { executablePath: chromiumPath }),
    });
    const flags = { port: Number(new URL(browser.wsEndpoint()).port), onlyCategories: CATEGORIES };
    const rounds: number[][] = [];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const { lhr } = (await lighthouse?.(app.origin + path, flags)) ?? {
          lhr: { categories: {} },
        };
        rounds.push(CATEGORIES.map((name) => Math.round((lhr.categories[name]?.score ?? 0) * 100)));
      }
    } finally {
      await browser.close();
    }
    const medians = CATEGORIES.map((name, index) => {
      const scores = rounds.map((scores) => scores[index] ?? 0).toSorted((a, b) => a - b);
      return [name, scores[Math.floor(ROUNDS / 2)] ?? 0] as const;
    });
    process.stderr.write(`${path}: ${medians.map((each) => each.join(' ')).join(', ')}\n`);
    const { performance, ...rest } = Object.fromEntries(medians);
    expect(rest).toEqual({ accessibility: 100, 'best-practices': 100, seo: 100 });
    expect(performance).toBeGreaterThanOrEqual(98);
  },
  300_000,
);

async function load(): Promise<Lighthouse | null> {
  try {
    const path = createRequire(import.meta.url).resolve('lighthouse');
    return ((await import(path)) as { default: Lighthouse }).default;
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    return null;
  }
}
