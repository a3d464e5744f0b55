import { Injectable } from '@nestjs/common';
import type { ParsedMail } from 'mailparser';
import { Relay } from '../../src/activity/relay.js';
import { LoginFailed } from '../../src/auth/session/session.events.js';
import { MINUTE } from '../../src/core/clock.js';
import { keptForm } from '../../src/users/account.events.js';
import { activityOf, told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { freshDatabase } from '../support/database-address.js';
import { PASSWORD } from '../support/visitor.js';

const NEXT = 'four louder harbours';

/** One whose process dies between the change and the copy, as often as a test wants. */
@Injectable()
class KilledRelay extends Relay {
  /** When it dies: before the first copy, or between the copies and the note that they are made. */
  dies: 'never' | 'first' | 'last' = 'never';

  protected override async tell(...event: Parameters<Relay['tell']>): ReturnType<Relay['tell']> {
    if (this.dies === 'first') return;
    if (this.dies === 'never') return super.tell(...event);
    await this.copy(...event);
  }

  /** Copies an event that was under way for a while. */
  tellLate(...event: Parameters<Relay['tell']>): ReturnType<Relay['tell']> {
    return super.tell(...event);
  }
}

const uri = freshDatabase();
const start = () =>
  startApp({ MONGODB_URI: uri }, (testing) =>
    testing.overrideProvider(Relay).useClass(KilledRelay),
  );

let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  app = await start();
  other = await startApp({ MONGODB_URI: uri });
});
afterAll(async () => {
  await other.nest.close();
  await app.close();
});

const relayOf = ({ nest }: TestApp) => nest.get<KilledRelay>(Relay, { strict: false });

const changed = (mails: readonly ParsedMail[]) =>
  mails.filter(({ subject = '' }) => /password.* was changed/.test(subject));

// Either of the two may have handed a mail over.
async function mailsTo(username: string): Promise<ParsedMail[]> {
  const all = await Promise.all([app, other].map((each) => each.mails(`${username}@example.com`)));
  return all.flat();
}

async function mailed(username: string): Promise<ParsedMail[]> {
  return changed(await mailsTo(username));
}

async function untold(username: string): Promise<boolean> {
  const kept = { username, untoldSince: { $exists: true } };
  return (await app.db.collection('users').countDocuments(kept)) > 0;
}

it.each(['first', 'last'] as const)(
  'LG-03 a crash before the %s step of the copy loses nothing, and nothing is told twice',
  async (dies) => {
    const username = `crash-${dies}`;
    const person = await app.owner(username);
    await told(app);
    relayOf(app).dies = dies;
    const form = { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT };
    expect((await person.submit('/settings/password', form)).status).toBe(303);
    expect(await untold(username)).toBe(true);
    relayOf(app).dies = 'never';
    await Promise.all([relayOf(app).sweep(), relayOf(other).sweep()]);
    // Whoever stored it has a minute.
    expect(await untold(username)).toBe(true);
    for (const each of [app, other]) each.advance(2 * MINUTE);
    await Promise.all([relayOf(app).sweep(), relayOf(other).sweep(), relayOf(app).sweep()]);
    await told(app);
    await Promise.all([relayOf(app).sweep(), relayOf(other).sweep()]);
    expect(await mailed(username)).toHaveLength(1);
    const sentences = await activityOf(person);
    expect(sentences.filter((each) => each === 'Password changed')).toHaveLength(1);
  },
);

it('what some other hand wrote into the events of an account keeps nobody from being told', async () => {
  const sound = await app.owner('sound');
  const broken = await app.owner('broken');
  await told(app);
  relayOf(app).dies = 'first';
  const form = { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT };
  for (const person of [broken, sound]) await person.submit('/settings/password', form);
  relayOf(app).dies = 'never';
  const users = app.db.collection('users');
  const [kept] = ((await users.findOne({ username: 'broken' }))?.['untold'] ?? []) as object[];
  const wrong = [
    { addressee: 7 },
    { addressee: { username: 'broken', mailbox: 7 } },
    { origin: 'here' },
    { origin: { userAgent: 7 } },
    { facts: { provider: 7 } },
    { id: 'no-time', at: 'yesterday' },
  ].map((each, n) => ({ ...kept, id: `wrong-${n}`, ...each }));
  const untoldSince = new Date(0);
  const damaged = { untold: [...wrong, kept], untoldSince };
  await users.updateOne({ username: 'broken' }, { $set: damaged });
  app.advance(2 * MINUTE);
  await relayOf(app).sweep();
  for (const name of ['broken', 'sound']) expect(await mailed(name)).toHaveLength(1);
  expect(await untold('sound')).toBe(false);
  // What is left of it tells nothing, and goes.
  app.advance(2 * MINUTE);
  await relayOf(app).sweep();
  expect(await untold('broken')).toBe(false);
});

it('a crash after a deletion leaves nothing of the activity behind', async () => {
  const person = await app.owner('deserter');
  await told(app);
  const accountId = String((await app.user('deserter'))?.['_id']);
  relayOf(app).dies = 'first';
  await person.deleteAccount();
  relayOf(app).dies = 'never';
  const left = () => app.db.collection('activity').countDocuments({ accountId });
  expect(await left()).toBeGreaterThan(0);
  app.advance(2 * MINUTE);
  await relayOf(app).sweep();
  expect(await left()).toBe(0);
  const [mail] = (await mailsTo('deserter')).filter(({ subject = '' }) =>
    subject.includes('delete'),
  );
  expect(mail?.subject).toBe('Your Latchkey account was deleted');
  expect(mail?.text).not.toContain('http');
  // What was being copied as the account went is removed by a second look.
  await app.db
    .collection<{ _id: string; accountId: string }>('activity')
    .insertOne({ _id: 'late', accountId });
  app.advance(2 * MINUTE);
  await relayOf(app).sweep();
  expect(await left()).toBe(0);
  expect(await app.db.collection('deletions').countDocuments()).toBe(0);
});

it('LK-09 an event that is copied after the deletion of its account leaves nothing behind', async () => {
  const person = await app.owner('overtaken');
  const accountId = String((await app.user('overtaken'))?.['_id']);
  const failed = new LoginFailed(accountId, 'password', 'wrong-password');
  failed.happened(app.now());
  await person.deleteAccount();
  await told(app);
  await relayOf(app).tellLate(accountId, keptForm(failed));
  expect(await app.db.collection('activity').countDocuments({ accountId })).toBe(0);
});

it('RS-06 a crash after a recovery leaves its notice to be mailed, once', async () => {
  const person = await app.person('crash-recovered');
  await person.submit('/recovery', { identifier: 'crash-recovered' });
  const texts = (await mailsTo('crash-recovered')).map(({ text = '' }) => text).join('\n');
  const link = /^http\S+(\/recovery\/new-password\S+)$/m.exec(texts)?.[1] ?? '';
  relayOf(app).dies = 'first';
  const form = { newPassword: NEXT, newPasswordAgain: NEXT };
  const action = '/recovery/new-password';
  expect((await app.visitor().submit(link, form, action)).status).toBe(303);
  relayOf(app).dies = 'never';
  expect(await mailed('crash-recovered')).toEqual([]);
  app.advance(2 * MINUTE);
  await relayOf(app).sweep();
  await relayOf(app).sweep();
  const [notice, ...more] = await mailed('crash-recovered');
  expect(more).toEqual([]);
  expect(notice?.text).toContain('every device was logged out');
});
