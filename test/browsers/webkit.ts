import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port.js';
import type { DrivenBrowser, Kind } from './driven-browser.js';

const DRIVER = '/usr/bin/WebKitWebDriver';
const BROWSER =
  process.env['MINIBROWSER_PATH'] ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
/** A window needs a display; this one is drawn nowhere. */
const DISPLAY = '/usr/bin/Xvfb';

/** The engine of Safari, by W3C WebDriver. */
export const webkit: Kind = {
  name: 'WebKitGTK',
  missing: [DRIVER, BROWSER, DISPLAY].every(existsSync)
    ? null
    : 'install webkit2gtk-driver and xvfb',
  start,
};

async function start(): Promise<DrivenBrowser> {
  const display = spawn(DISPLAY, ['-displayfd', '1', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [number] = (await once(display.stdout, 'data')) as [Buffer];
  const port = await freePort();
  const driver = spawn(DRIVER, [`--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: `:${number.toString().trim()}`,
      // A container lets nobody build one; only our own pages are opened.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
  });
  const call = remote(`http://127.0.0.1:${port}`);
  const end = () => Promise.all([ended(driver), ended(display)]);
  const { sessionId, capabilities } = await begin(call).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const session = `/session/${sessionId}`;
  const element = async (selector: string) => {
    const found = await call('POST', `${session}/element`, {
      using: 'css selector',
      value: selector,
    });
    return `${session}/element/${String(Object.values(found as object)[0])}`;
  };
  return {
    name: `WebKitGTK ${capabilities.browserVersion}`,
    open: async (address) => void (await call('POST', `${session}/url`, { url: address })),
    read: (expression) =>
      call('POST', `${session}/execute/sync`, { script: `return ${expression}`, args: [] }),
    fill: async (selector, text) =>
      void (await call('POST', `${await element(selector)}/value`, { text })),
    press: async (selector) => void (await call('POST', `${await element(selector)}/click`, {})),
    back: async () => void (await call('POST', `${session}/back`, {})),
    close: async () => {
      await call('DELETE', session);
      await end();
    },
  };
}

type Call = (method: string, path: string, body?: object) => Promise<unknown>;

function remote(origin: string): Call {
  return async (method, path, body) => {
    const response = await fetch(origin + path, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
}

interface Session {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

/** Waits for the driver, at most 10 seconds, and has it start a browser. */
async function begin(call: Call): Promise<Session> {
  for (let tries = 0; tries < 100; tries++) {
    const up = await call('GET', '/status').catch(() => null);
    if (up !== null) break;
    await delay(100);
  }
  const options = { binary: BROWSER, args: ['--automation'] };
  const wanted = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
  // W3C WebDriver, 8.1: a new session is an object of these two.
  return (await call('POST', '/session', { capabilities: wanted })) as Session;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
