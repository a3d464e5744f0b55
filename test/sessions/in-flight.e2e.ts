import { Injectable } from '@nestjs/common';
import { AccountChanges } from '../../src/users/account-changes.js';
import { startApp, type TestApp } from '../support/app.js';
import { decide, startFlow } from '../support/flows.js';
import { IDENTITIES, link, someone } from '../support/identities.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

/** Changes of accounts, where a test can have something else happen first. */
@Injectable()
class OvertakenChanges extends AccountChanges {
  before: (() => Promise<unknown>) | null = null;

  override async remove(...change: Parameters<AccountChanges['remove']>): Promise<void> {
    await this.overtake();
    return super.remove(...change);
  }

  // One signature stands for the overloads of the class above.
  override change = (async (...change: Parameters<AccountChanges['change']>) => {
    await this.overtake();
    return AccountChanges.prototype.change.apply(this, change);
  }) as AccountChanges['change'];

  private async overtake(): Promise<void> {
    const { before } = this;
    this.before = null;
    await before?.();
  }
}

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(AccountChanges).useClass(OvertakenChanges),
  );
});
afterAll(() => app.close());

const NEXT = 'four louder harbours';

/** What a signed-in person asks for, each as a request that is sent by the copy of a browser. */
const REQUESTS: Record<string, (tab: Visitor) => Promise<() => Promise<unknown>>> = {
  'a re-authentication': async (tab) => {
    const body = { _csrf: await tab.token('/settings/profile'), currentPassword: PASSWORD };
    return () => tab.send('POST', '/settings/confirm', { body });
  },
  'another address': async (tab) => {
    const email = 'late@example.com';
    const body = { _csrf: await tab.token('/settings/profile'), email, currentPassword: PASSWORD };
    return () => tab.send('POST', '/settings/email', { body });
  },
  'another password': async (tab) => {
    const passwords = { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT };
    const body = { _csrf: await tab.token('/settings/profile'), ...passwords };
    return () => tab.send('POST', '/settings/password', { body });
  },
  'a deletion': async (tab) => {
    const confirmation = (await tab.whoami()) ?? '';
    const body = {
      _csrf: await tab.token('/settings/profile'),
      confirmation,
      currentPassword: PASSWORD,
    };
    return () => tab.send('POST', '/settings/delete', { body });
  },
  'a link': async (tab) => {
    const onward = await startFlow(tab, IDENTITIES, '/oauth/github/link');
    const callback = await decide(app.stub, onward, someone());
    return () => tab.get(callback);
  },
  'an unlink': async (tab) => {
    await link(app, tab, 'google', someone());
    const body = { _csrf: await tab.token('/settings/profile') };
    return () => tab.send('POST', `${IDENTITIES}/google/unlink`, { body });
  },
};

/** What ends the session of the request meanwhile. */
const ENDS: Record<string, (person: Visitor, username: string) => Promise<unknown>> = {
  'a log-out': (person) => person.logout(),
  'a new address elsewhere': async (_, username) => {
    const elsewhere = app.visitor();
    await elsewhere.login(username);
    const fields = { email: `${username}@new.example`, currentPassword: PASSWORD };
    expect((await elsewhere.submit('/settings/email', fields)).status).toBe(303);
  },
};

/** What happens before the next change of an account. */
function overtake(before: () => Promise<unknown>): void {
  app.nest.get<OvertakenChanges>(AccountChanges, { strict: false }).before = before;
}

let people = 0;
describe.each(Object.entries(ENDS))('when %s comes first', (_, end) => {
  it.each(Object.entries(REQUESTS))(
    'SE-05, SE-07 %s that is in flight changes nothing and signs nobody in',
    async (what, prepare) => {
      const username = `in-flight-${++people}`;
      const tab = await app.person(username);
      const send = await prepare(tab);
      const person = tab.copy();
      const before = await app.user(username);
      overtake(() => end(person, username));
      await send();
      const after = await app.user(username);
      expect([what, after?.['passwordHash']]).toEqual([what, before?.['passwordHash']]);
      expect(after?.['identities']).toEqual(before?.['identities']);
      expect(after?.['email']).not.toBe('late@example.com');
      expect(await tab.whoami()).toBeNull();
      expect(await person.whoami()).toBeNull();
    },
  );
});

it.each(Object.entries(REQUESTS))(
  'SE-05 a log-out by the cookie of before ends the session that %s has just renewed',
  async (_, prepare) => {
    const username = `just-renewed-${++people}`;
    const tab = await app.person(username);
    const send = await prepare(tab);
    const person = tab.copy();
    await send();
    // Sent before the browser had the answer.
    expect((await person.logout()).location).toBe('/login');
    expect(await tab.whoami()).toBeNull();
    expect(await person.whoami()).toBeNull();
  },
);
