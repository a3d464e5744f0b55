import { Injectable } from '@nestjs/common';
import { FactorResetMails } from '../../src/auth/lost-factor/factor-reset-mails.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import { freshDatabase } from '../support/database-address.js';
import { askFor, HOUR, mailsWith, press, mailedLink, sweep, WAIT } from '../support/lost-factor.js';

const MINUTE = 60_000;

/** One whose process dies as it makes a mail, as often as a test wants. */
@Injectable()
class KilledMails extends FactorResetMails {
  dies: 'never' | 'before' | 'after' = 'never';

  protected override async mail(...user: Parameters<FactorResetMails['mail']>): Promise<void> {
    if (this.dies !== 'before') await super.mail(...user);
    if (this.dies !== 'never') throw new Error('killed');
  }
}

const uri = freshDatabase();
let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  app = await startApp({ MONGODB_URI: uri }, (testing) =>
    testing.overrideProvider(FactorResetMails).useClass(KilledMails),
  );
  other = await startApp({ MONGODB_URI: uri });
});
afterAll(async () => {
  await other.nest.close();
  await app.close();
});

const both = () => [app, other];
const killable = () => app.nest.get<KilledMails>(FactorResetMails, { strict: false });
const advance = (milliseconds: number) => both().forEach((each) => each.advance(milliseconds));

/** Somebody whose waiting time is over. */
async function waiting(username: string): Promise<void> {
  await setUp(app, await app.owner(username));
  other.advance(app.now().getTime() - other.now().getTime());
  await askFor(app, username);
  advance(WAIT);
}

async function mailed(username: string): Promise<number> {
  const mails = await Promise.all(both().map((each) => mailsWith(each, username, 'finish')));
  return mails.flat().length;
}

it('two processes send one mail', async () => {
  await waiting('single');
  await sweep(app, other, app, other, app, other);
  expect(await mailed('single')).toBe(1);
  advance(10 * MINUTE);
  await sweep(app, other);
  expect(await mailed('single')).toBe(1);
});

it.each(['before', 'after'] as const)(
  'a crash %s the mail was stored loses none, and the link of either works',
  async (dies) => {
    const username = `crash-${dies}`;
    await waiting(username);
    killable().dies = dies;
    await expect(sweep(app)).rejects.toThrow('killed');
    killable().dies = 'never';
    const first = dies === 'after' ? await anyLink(username) : null;
    // Whoever took it has some minutes.
    await sweep(other, app);
    expect(await mailed(username)).toBe(dies === 'after' ? 1 : 0);
    advance(3 * MINUTE);
    await sweep(other, app);
    expect(await mailed(username)).toBeGreaterThanOrEqual(1);
    const link = await anyLink(username);
    expect(first ?? link).toBe(link);
    expect((await press(app.visitor(), link)).location).toBe('/login');
    expect((await app.user(username))?.['totp']).toBeUndefined();
  },
);

it('what was due while no process ran is mailed afterwards, and its link lives a day from then on', async () => {
  await waiting('outage');
  advance(100 * HOUR);
  await sweep(other);
  const link = await anyLink('outage');
  advance(23 * HOUR);
  expect((await app.visitor().get(link)).status).toBe(200);
  advance(HOUR);
  expect((await app.visitor().get(link)).status).toBe(410);
});

it('FA-10 what some other hand has written into an account stops no page, and no mail of others', async () => {
  await waiting('spared');
  const person = await app.owner('damaged');
  const later = new Date(app.now().getTime() - HOUR);
  const broken = [
    'x',
    { mailAt: new Date(0) },
    { askedAt: 'x', due: 'x', mailAt: new Date(0), linkSince: 'x' },
    { askedAt: later, due: later, mailAt: new Date(0), linkSince: 7 },
    { askedAt: new Date('9999-01-01'), due: later, mailAt: new Date(0) },
  ];
  for (const factorReset of broken) {
    await app.db.collection('users').updateOne({ username: 'damaged' }, { $set: { factorReset } });
    expect((await person.get('/settings')).status).toBe(200);
    await sweep(app);
  }
  expect(await mailed('damaged')).toBe(0);
  expect(await mailed('spared')).toBe(1);
});

async function anyLink(username: string): Promise<string> {
  const links = await Promise.allSettled(
    both().map((each) => mailedLink(each, username, 'finish')),
  );
  const [found] = links.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return found ?? '';
}
