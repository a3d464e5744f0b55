import { MINUTE } from '../../src/core/clock.js';
import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { twoStepPerson, typeTotp } from '../support/authenticator.js';
import { link, someone, unlink } from '../support/identities.js';
import { addPasskey, softDevice } from '../support/passkeys.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const WRONG: readonly unknown[] = ['text', 7, null, { no: 'list' }, [null, 7, 'text', {}]];

async function noticeTo(mailbox: string): Promise<string> {
  await told(app);
  const [mail] = (await app.mails(mailbox)).filter(({ subject = '' }) => subject.includes('login'));
  return /\/not-me\?token=\S+/.exec(mail?.text ?? '')?.[0] ?? '';
}

it.each(
  WRONG.flatMap((value) => ['formerEmails', 'formerIdentities'].map((field) => [field, value])),
)('an account stays its person’s own though its %s are %j', async (field, value) => {
  const username = `d${Math.random().toString(36).slice(2, 10)}`;
  const mailbox = `${username}@example.com`;
  const person = await app.owner(username);
  await link(app, person, 'github', someone());
  await app.visitor().login(username);
  const path = await noticeTo(mailbox);
  const damage = () =>
    app.db.collection('users').updateOne({ username }, { $set: { [field as string]: value } });
  await damage();
  const asked = await person.submit('/settings/email', { email: `new-${mailbox}` });
  expect([asked.status, asked.location]).toEqual([303, '/settings/email']);
  expect((await unlink(person, 'github')).status).toBe(303);
  await damage();
  const undone = await app.visitor().submit(path, {});
  expect([undone.status, undone.location]).toEqual([
    303,
    expect.stringMatching(/^\/recovery\/new-password/),
  ]);
  expect(await person.whoami()).toBeNull();
});

describe('FA-10 an account whose factors some other hand has damaged', () => {
  const PAGES = ['', '/security', '/security/passkeys', '/security/recovery-codes'];

  it.each(
    WRONG.flatMap((value) =>
      ['passkeys', 'recoveryCodes', 'trustedDevices'].map((field) => [field, value]),
    ),
  )('has its pages, its app and its log-in though %s are %j', async (field, value) => {
    const username = `f${Math.random().toString(36).slice(2, 10)}`;
    const { visitor: person, app: authenticator } = await twoStepPerson(app, username);
    await addPasskey(person, softDevice(app));
    const damaged = { $set: { [field as string]: value } };
    await app.db.collection('users').updateOne({ username }, damaged);
    for (const page of PAGES) {
      expect([page, (await person.get(`/settings${page}`)).status]).toEqual([page, 200]);
    }
    expect((await person.submit('/settings/security/recovery-codes', {})).status).toBe(200);
    expect((await addPasskey(person, softDevice(app))).status).toBe(303);
    app.advance(MINUTE);
    const visitor = app.visitor();
    await visitor.login(username);
    const { location } = await typeTotp(visitor, authenticator.code(), { trust: 'yes' });
    expect(location).toBe('/');
  });
});
