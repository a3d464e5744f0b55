import { CoreSettings } from '../../src/core/config/core.settings.js';
import type { TestApp } from './app.js';
import { SoftAuthenticator, type Wrong } from './soft-authenticator.js';
import type { Answer, Visitor } from './visitor.js';

/** The page of the settings that adds a passkey. */
export const ADD_PASSKEY = '/settings/security/passkeys/add';

/** What a page or an address gives a browser for a ceremony. */
export type Options = Parameters<SoftAuthenticator['make']>[0];

/** @param id of its passkey; left out: one that nobody has */
export function softDevice(app: TestApp, id?: string): SoftAuthenticator {
  return new SoftAuthenticator(app.nest.get(CoreSettings, { strict: false }).baseUrl, id);
}

/** What a page holds for its script. */
export async function optionsOn(visitor: Visitor, path: string): Promise<Options> {
  const { html } = await visitor.get(path);
  const [, json = '{}'] = /data-options="([^"]*)"/.exec(html) ?? [];
  return JSON.parse(json.replaceAll('&quot;', '"')) as Options;
}

/** What the script of the login page asks for, or that of the page that confirms. */
export async function optionsFor(visitor: Visitor, path = '/login/passkey/options') {
  const token = path.startsWith('/settings') ? await visitor.token('/settings/confirm') : '';
  const { html } = await visitor.send('POST', path, { body: { _csrf: token } });
  return JSON.parse(html) as Options;
}

export async function addPasskey(visitor: Visitor, own: SoftAuthenticator): Promise<Answer> {
  return visitor.submit(ADD_PASSKEY, { passkey: own.make(await optionsOn(visitor, ADD_PASSKEY)) });
}

/** A person with a password and a passkey, signed in. */
export async function passkeyHolder(
  app: TestApp,
  username: string,
): Promise<{ person: Visitor; own: SoftAuthenticator }> {
  const person = await app.person(username);
  const own = softDevice(app);
  await addPasskey(person, own);
  return { person, own };
}

/** Registers with a passkey instead of a password. */
export async function registerByPasskey(
  visitor: Visitor,
  username: string,
  own: SoftAuthenticator,
  wrong: Wrong = {},
): Promise<Answer> {
  const [names, create] = ['/register/passkey', '/register/passkey/create'];
  await visitor.submit(names, { username, email: `${username}@example.com`, name: '' });
  return visitor.submit(create, { passkey: own.make(await optionsOn(visitor, create), wrong) });
}

/** @param passkey as the page's script sends it */
export function logInByPasskey(visitor: Visitor, passkey: string): Promise<Answer> {
  return visitor.send('POST', '/login/passkey', { body: { passkey } });
}
