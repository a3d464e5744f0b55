import type { ParsedMail } from 'mailparser';
import { DAY, HOUR, MINUTE } from '../../src/core/clock.js';
import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';
import { until } from '../support/wait-until.js';

const SOMEONE_TRIES = 'Someone tries to log in to your Latchkey account';
const AFTER_FAILURES = 'A login to your Latchkey account after wrong tries';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Strangers type wrong passwords; waits until all of it stands in the activity. */
async function guess(username: string, times: number): Promise<Visitor[]> {
  const accountId = String((await app.user(username))?.['_id']);
  const failed = { accountId, name: 'login-failed' };
  const before = await app.db.collection('activity').countDocuments(failed);
  const strangers = Array.from({ length: times }, () => app.visitor());
  for (const each of strangers) {
    expect((await each.login(username, 'not the password')).status).toBe(422);
  }
  await until(
    async () => (await app.db.collection('activity').countDocuments(failed)) === before + times,
  );
  return strangers;
}

async function mailsAbout(username: string, wanted: string): Promise<ParsedMail[]> {
  await told(app);
  const mails = await app.mails(`${username}@example.com`);
  return mails.filter(({ subject }) => subject === wanted);
}

async function untilTold(username: string, times: number): Promise<ParsedMail[]> {
  await until(async () => (await mailsAbout(username, SOMEONE_TRIES)).length >= times);
  return mailsAbout(username, SOMEONE_TRIES);
}

it('LG-03 many logins that failed are told of once a day, with nothing about who it was', async () => {
  await app.owner('guessed-at');
  const strangers = await guess('guessed-at', 4);
  expect(await mailsAbout('guessed-at', SOMEONE_TRIES)).toEqual([]);
  strangers.push(...(await guess('guessed-at', 1)));
  const [mail] = await untilTold('guessed-at', 1);
  expect(mail?.text).toContain('@guessed-at');
  expect(mail?.text).toMatch(/^http:\/\/localhost:\d+\/recovery$/m);
  expect(mail?.text).not.toMatch(/not-me|Network address|Browser:/);
  for (const { address } of strangers) expect(mail?.text).not.toContain(address);
  for (let hour = 0; hour < 3; hour++) {
    app.advance(HOUR);
    await guess('guessed-at', 5);
  }
  app.advance(DAY);
  await guess('guessed-at', 5);
  expect(await untilTold('guessed-at', 2)).toHaveLength(2);
});

it('LG-03 a login in between, or an hour, ends the row', async () => {
  const person = await app.owner('rowless');
  await guess('rowless', 3);
  await person.logout();
  await person.login('rowless');
  await told(app);
  await guess('rowless', 2);
  app.advance(HOUR + MINUTE);
  await guess('rowless', 4);
  // Another one of whom the mail is certain to have come later.
  await app.owner('later-one');
  await guess('later-one', 5);
  await untilTold('later-one', 1);
  expect(await mailsAbout('rowless', SOMEONE_TRIES)).toEqual([]);
});

it('LG-03 no mail goes to an address that is not verified', async () => {
  await app.person('not-verified');
  await guess('not-verified', 5);
  await app.owner('verified-one');
  await guess('verified-one', 5);
  await untilTold('verified-one', 1);
  expect(await mailsAbout('not-verified', SOMEONE_TRIES)).toEqual([]);
});

it('LG-03 a login after many that failed is told of in a known browser too, and can be undone', async () => {
  const person = await app.owner('got-in');
  await person.logout();
  await guess('got-in', 5);
  app.advance(6 * MINUTE);
  expect((await person.login('got-in')).status).toBe(303);
  const [mail, more] = await mailsAbout('got-in', AFTER_FAILURES);
  expect(more).toBeUndefined();
  expect(mail?.text).toContain(`Network address: ${person.address}`);
  const [, link = ''] =
    /^http:\/\/localhost:\d+(\/not-me\?token=\S+)$/m.exec(mail?.text ?? '') ?? [];
  await person.logout();
  await person.login('got-in');
  expect(await mailsAbout('got-in', AFTER_FAILURES)).toHaveLength(1);
  const undone = await app.visitor().submit(link, {});
  expect(undone.location).toMatch(/^\/recovery\/new-password/);
  expect(await person.whoami()).toBeNull();
  expect((await app.visitor().login('got-in', PASSWORD)).status).toBe(422);
});
