import { Injectable } from '@nestjs/common';
import { AccountChanges } from '../../src/users/account-changes.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import { logInByPasskey, optionsFor, passkeyHolder } from '../support/passkeys.js';
import type { Visitor } from '../support/visitor.js';

/** Changes of accounts, where a test can have something else happen before a session begins. */
@Injectable()
class OvertakenChanges extends AccountChanges {
  before: (() => Promise<unknown>) | null = null;

  override async beginSession(...begun: Parameters<AccountChanges['beginSession']>) {
    const { before } = this;
    this.before = null;
    await before?.();
    return super.beginSession(...begun);
  }
}

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(AccountChanges).useClass(OvertakenChanges),
  );
});
afterAll(() => app.close());

const PASSKEYS = '/settings/security/passkeys';

function overtake(before: () => Promise<unknown>): void {
  app.nest.get<unknown, OvertakenChanges>(AccountChanges, { strict: false }).before = before;
}

async function passkeyOf(username: string): Promise<Record<string, unknown> | undefined> {
  return ((await app.user(username))?.['passkeys'] as Record<string, unknown>[] | undefined)?.[0];
}

async function handleOn(person: Visitor): Promise<string> {
  const { html } = await person.get(PASSKEYS);
  return new RegExp(`${PASSKEYS}/([\\w-]+)"`).exec(html.replace(`${PASSKEYS}/add"`, ''))?.[1] ?? '';
}

describe('a login by passkey that is overtaken', () => {
  it('by another change of the account opens it all the same, and both stay', async () => {
    const { person, own } = await passkeyHolder(app, 'changed');
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor), { counter: 7 });
    const handle = await handleOn(person);
    overtake(() => person.submit(`${PASSKEYS}/${handle}`, { name: 'Blue key' }));
    expect((await logInByPasskey(visitor, passkey)).location).toBe('/');
    expect(await visitor.whoami()).toBe('changed');
    expect(await passkeyOf('changed')).toMatchObject({ name: 'Blue key', counter: 7 });
  });

  it('by the end of the passkey opens nothing', async () => {
    const { person, own } = await passkeyHolder(app, 'removed');
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor));
    const handle = await handleOn(person);
    overtake(() => person.submit(PASSKEYS, {}, `${PASSKEYS}/${handle}/remove`));
    expect((await logInByPasskey(visitor, passkey)).status).toBe(422);
    expect(await passkeyOf('removed')).toBeUndefined();
    expect(await visitor.whoami()).toBeNull();
  });

  it('PK-02 by a copy of the passkey opens nothing, and its person is told', async () => {
    const { own } = await passkeyHolder(app, 'copied');
    const [visitor, thief] = [app.visitor(), app.visitor()];
    const [passkey, copy] = [
      own.use(await optionsFor(visitor), { counter: 9 }),
      own.use(await optionsFor(thief), { counter: 9 }),
    ];
    overtake(() => logInByPasskey(thief, copy));
    expect((await logInByPasskey(visitor, passkey)).status).toBe(422);
    expect(await visitor.whoami()).toBeNull();
    expect(app.log.join('\n')).toContain('passkey-copied');
    expect(await passkeyOf('copied')).toMatchObject({ counter: 9 });
  });

  it('by another second factor opens nothing', async () => {
    const { person, own } = await passkeyHolder(app, 'factor');
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor));
    overtake(() => setUp(app, person));
    expect((await logInByPasskey(visitor, passkey)).location).not.toBe('/');
    expect(await visitor.whoami()).toBeNull();
  });
});

it('PK-02 a passkey that is refused ends nobody’s session in its browser', async () => {
  const { own } = await passkeyHolder(app, 'stands-still');
  const other = await app.person('other');
  const passkey = own.use(await optionsFor(other), { counter: 1 });
  expect((await logInByPasskey(other, passkey)).status).toBe(422);
  expect(await other.whoami()).toBe('other');
});
