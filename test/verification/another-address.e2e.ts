import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { someone } from '../support/identities.js';
import { verificationMail, verificationMails } from '../support/verification-mail.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const PAGE = '/settings/email';
const MINUTE = 60_000;
const NEXT = 'four quiet harbours';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const ask = (person: Visitor, email: string) =>
  person.submit(PAGE, { email, currentPassword: PASSWORD });
const press = (link: string) => app.visitor().send('POST', link);
const cancel = (person: Visitor) => person.submit(PAGE, {}, `${PAGE}/cancel`);
const emailOf = async (username: string) => (await app.user(username))?.['email'];
const waits = async (username: string) => {
  const pending = (await app.user(username))?.['pendingEmail'] as { email: string } | undefined;
  return pending?.email ?? null;
};

/** Somebody with a verified address who asked for another one, and the mail about it. */
async function asked(username: string, email = `${username}@example.net`) {
  const person = await app.owner(username);
  expect((await ask(person, email)).location).toBe(PAGE);
  return { person, email, mail: await verificationMail(app, email) };
}

describe('a new address of an account that has verified one', () => {
  it('RS-07 waits until it is verified: the old one logs in, and the page says so', async () => {
    const { person, email, mail } = await asked('waits');
    const page = await person.get(PAGE);
    expect(page.text).toContain('waits@example.com stays your address until you confirm');
    expect(page.text).toContain(`You haven’t confirmed ${email} yet`);
    expect((await person.get('/settings')).text).toContain(
      `waits@example.com, until you confirm ${email}`,
    );
    expect(await emailOf('waits')).toBe('waits@example.com');
    expect((await app.visitor().login('waits@example.com')).status).toBe(303);
    expect((await app.visitor().login(email)).status).toBe(422);

    expect((await person.typeCode(mail.code)).location).toBe(PAGE);
    const after = await person.get(PAGE);
    expect(after.text).toContain('You confirmed your email address.');
    expect(after.text).not.toContain('stays your address');
    expect(await emailOf('waits')).toBe(email);
    expect((await app.visitor().login(email)).status).toBe(303);
    expect((await app.visitor().login('waits@example.com')).status).toBe(422);
  });

  it('RS-07 RS-08 is the starting account’s, whoever opens the link; the session of it gets no new id', async () => {
    const { person, email, mail } = await asked('starts');
    const other = await app.owner('bystander');
    expect((await other.get(mail.link)).text).toContain('Yes, @starts is mine');
    expect((await other.send('POST', mail.link)).location).toBe('/');
    expect(await emailOf('starts')).toBe(email);
    expect(await emailOf('bystander')).toBe('bystander@example.com');
    expect(await person.whoami()).toBe('starts');
    expect(await other.whoami()).toBe('bystander');
  });

  it('RS-07 is not asked for by a session that is older than the window', async () => {
    const person = await app.owner('stolen');
    app.advance(16 * MINUTE);
    await person.submit(PAGE, { email: 'thief@example.net' });
    expect(await waits('stolen')).toBeNull();
    expect(await verificationMails(app, 'thief@example.net')).toEqual([]);
  });

  it('SE-03 ends the other sessions when it is asked for, and gives this one a new id by the code', async () => {
    const person = await app.owner('many-places');
    const elsewhere = app.visitor();
    await elsewhere.login('many-places');
    await ask(person, 'places@example.net');
    expect(await elsewhere.whoami()).toBeNull();
    const { code } = await verificationMail(app, 'places@example.net');
    const copy = person.copy();
    await person.typeCode(code);
    expect([await person.whoami(), await copy.whoami()]).toEqual(['many-places', null]);
  });

  it('EN-05 is answered alike whether another account has it: its owner is told by mail', async () => {
    await app.owner('victim');
    const seen = async (username: string, email: string) => {
      const person = await app.owner(username);
      const answer = await ask(person, email);
      const text = (await person.get(PAGE)).text.replaceAll(email, 'EMAIL');
      return [answer.status, answer.location, text.replaceAll(username, 'NAME')];
    };
    const victim = await app.user('victim');
    expect(await seen('curious', 'Victim@example.com')).toEqual(
      await seen('careful', 'free@example.net'),
    );
    const told = (await app.mails('victim@example.com')).at(-1);
    expect(told?.subject).toBe('You already have an account at Latchkey');
    expect(told?.text).not.toContain('/email/confirm');
    expect(await app.user('victim')).toEqual(victim);
    expect(await app.mails('Victim@example.com')).toEqual([]);
  });

  it('is the last one that was asked for: link and code of the one before are dead', async () => {
    const { person, mail } = await asked('twice', 'first@example.net');
    await ask(person, 'second@example.net');
    expect((await press(mail.link)).status).toBe(410);
    expect((await person.typeCode(mail.code)).status).toBe(422);
    const { link } = await verificationMail(app, 'second@example.net');
    expect((await press(link)).location).toBe('/login');
    expect(await emailOf('twice')).toBe('second@example.net');
  });

  it('is mailed again where the person asks, to the address that waits', async () => {
    const { person, email, mail } = await asked('again');
    await person.submit(PAGE, {}, `${PAGE}/mail`);
    expect(await verificationMails(app, email)).toHaveLength(2);
    expect((await press(mail.link)).status).toBe(410);
  });

  it('is cancelled on the page, by the address of before, or by its reader', async () => {
    const cancels = [
      (person: Visitor) => cancel(person),
      (person: Visitor, name: string) => ask(person, `${name}@example.com`),
    ];
    for (const [n, work] of cancels.entries()) {
      const { person, mail } = await asked(`cancels-${n}`);
      await work(person, `cancels-${n}`);
      const { text } = await person.get(PAGE);
      expect(text).toContain(`cancels-${n}@example.com stays your address.`);
      expect(text).not.toContain('Cancel this change');
      expect((await press(mail.link)).status).toBe(410);
      expect((await person.typeCode(mail.code)).status).toBe(422);
      expect(await emailOf(`cancels-${n}`)).toBe(`cancels-${n}@example.com`);
    }
    const { mail } = await asked('disowned');
    const reader = app.visitor();
    await reader.send('POST', mail.link.replace('?', '/not-mine?'));
    expect((await reader.get('/')).text).toContain('took your address off the account @disowned');
    expect([await waits('disowned'), await emailOf('disowned')]).toEqual([
      null,
      'disowned@example.com',
    ]);
    expect((await press(mail.link)).status).toBe(410);
  });

  it('is cancelled by a new password and by a recovery', async () => {
    const changed = await asked('pw-cancels');
    const fields = { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT };
    expect((await changed.person.submit('/settings/password', fields)).status).toBe(303);
    const recovered = await asked('rs-cancels');
    expect((await recover('rs-cancels')).status).toBe(303);
    for (const [{ mail }, name] of [
      [changed, 'pw-cancels'],
      [recovered, 'rs-cancels'],
    ] as const) {
      expect((await press(mail.link)).status).toBe(410);
      expect([await waits(name), await emailOf(name)]).toEqual([null, `${name}@example.com`]);
    }
  });

  it('is refused after five within a week, so that nobody pushes the mailbox of before out', async () => {
    const person = await app.owner('restless');
    for (let n = 0; n < 5; n++) {
      const email = `restless-${n}@example.net`;
      await ask(person, email);
      await person.typeCode((await verificationMail(app, email)).code);
    }
    const refused = await ask(person, 'restless-5@example.net');
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('You’ve changed your address many times this week'),
    ]);
    expect(await waits('restless')).toBeNull();
  });
});

describe('a rush', () => {
  it('RC-09 of two accounts that verify one address, and one that registers with it, has one owner', async () => {
    const email = 'rush@example.net';
    const [one, two] = [await asked('rush-one', email), await asked('rush-two', email)];
    await Promise.all([
      press(one.mail.link),
      press(two.mail.link),
      app.visitor().register('rush-three', { email }),
    ]);
    const owners = (await app.users()).filter((user) => user['emailClaim'] === `0 ${email}`);
    expect(owners).toHaveLength(1);
    const [owner] = owners;
    const loser = owner?.['username'] === 'rush-one' ? 'rush-two' : 'rush-one';
    expect(await emailOf(loser)).toBe(`${loser}@example.com`);
    expect(await emailOf('rush-three')).toBeUndefined();
  });

  it('RC-07 of ten presses and a cancel leaves the old address or the new one, whole', async () => {
    const { person, email, mail } = await asked('hasty');
    await Promise.all([
      ...Array.from({ length: 10 }, () => press(mail.link)),
      cancel(person.copy()),
    ]);
    const user = await app.user('hasty');
    expect(user).not.toHaveProperty('pendingEmail');
    const moved = user?.['email'] === email;
    expect(user).toHaveProperty('emailClaim', `0 ${moved ? email : 'hasty@example.com'}`);
    expect(((user?.['formerEmails'] ?? []) as unknown[]).length).toBe(moved ? 1 : 0);
  });
});

it('LK-02 a stranger who registered with the address has no session after its owner’s recovery', async () => {
  const stranger = app.visitor();
  await stranger.register('hijacked', { email: 'owner-of@example.com' });
  expect(await stranger.whoami()).toBe('hijacked');
  expect((await recover('owner-of@example.com', 'owner-of@example.com')).status).toBe(303);
  expect(await stranger.whoami()).toBeNull();
});

it('an account without an address is asked for one in words that fit, and told that it is added', async () => {
  const visitor = app.visitor();
  await goThrough(app.stub, visitor, 'google', someone());
  const { text } = await visitor.get('/settings/email');
  expect(text).toContain('Add email address');
  expect(text).not.toMatch(/this address|Change email address/);
  await visitor.submit('/settings/email', { email: 'first-address@example.com' });
  expect((await visitor.get('/settings/email')).text).toContain('You added an email address');
});

async function recover(identifier: string, to = `${identifier}@example.com`) {
  const visitor = app.visitor();
  await visitor.submit('/recovery', { identifier });
  const text = (await app.mails(to)).at(-1)?.text ?? '';
  const token = /new-password\?token=(\S+)/.exec(text)?.[1] ?? '';
  return visitor.send('POST', '/recovery/new-password', {
    body: { token, newPassword: NEXT, newPasswordAgain: NEXT },
  });
}
