import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { link, someone, unlink } from '../support/identities.js';

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
  WRONG.flatMap((value) =>
    ['formerEmails', 'formerIdentities', 'formerFactors'].map((field) => [field, value]),
  ),
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
