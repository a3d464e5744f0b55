import { activityOf, told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp, typeRecoveryCode, typeTotp } from '../support/authenticator.js';
import {
  askFor,
  HOUR,
  LOST_FACTOR,
  mailedLink,
  mailsWith,
  press,
  sweep,
  WAIT,
  waitedFor,
} from '../support/lost-factor.js';
import { type Account, PATHS } from '../support/paths.js';
import { verificationMail } from '../support/verification-mail.js';
import { PASSWORD } from '../support/visitor.js';

const STEP = 30_000;
const NEXT = 'four louder harbours';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Somebody with a verified address and two-step login, signed in. */
async function owner(username: string) {
  const visitor = await app.owner(username);
  return { visitor, ...(await setUp(app, visitor)) };
}

const resetOf = async (username: string) => (await app.user(username))?.['factorReset'];
const factorsOf = async (username: string) => {
  const { totp, recoveryCodes, trustedDevices } = (await app.user(username)) ?? {};
  return [totp, recoveryCodes, trustedDevices].filter((each) => each !== undefined).length;
};

it('MF-06 gets somebody on who has lost everything: asked for, told, waited for, and one button of a mail', async () => {
  await owner('bereft');
  const visitor = app.visitor();
  await visitor.login('bereft');
  expect((await visitor.get('/login/second-step/authenticator')).html).toContain(
    `href="${LOST_FACTOR}"`,
  );
  const page = await visitor.get(LOST_FACTOR);
  expect(page.text).toContain('after 72 hours');
  expect((await visitor.submit(LOST_FACTOR, {})).location).toBe(LOST_FACTOR);
  expect((await visitor.get(LOST_FACTOR)).text).toContain('We mail the link to your email address');
  expect(await factorsOf('bereft')).toBe(2);
  const [mail] = await mailsWith(app, 'bereft', 'cancel');
  expect(mail?.subject).toBe('Someone wants to turn off two-step login at Latchkey');
  expect(mail?.text).toMatch(/\/not-me\?token=/);
  app.advance(WAIT - HOUR);
  await sweep(app);
  expect(await mailsWith(app, 'bereft', 'finish')).toEqual([]);
  app.advance(HOUR);
  await sweep(app);
  const link = await mailedLink(app, 'bereft', 'finish');
  const reader = app.visitor();
  expect((await press(reader, link)).location).toBe('/login');
  expect(await reader.whoami()).toBeNull();
  expect(await factorsOf('bereft')).toBe(0);
  expect(await resetOf('bereft')).toBeUndefined();
  expect((await reader.login('bereft')).location).toBe('/');
  expect(await reader.whoami()).toBe('bereft');
  await told(app);
  expect(await activityOf(reader, '?kind=account')).toEqual(
    expect.arrayContaining([
      'Two-step login turned off, because the device and the codes were lost',
      'Someone who got past the first step asked to turn off two-step login',
    ]),
  );
  const mails = await app.mails('bereft@example.com');
  expect(mails.map(({ subject }) => subject)).toContain(
    'Two-step login was turned off at Latchkey',
  );
});

it('changes nothing but the factors, and ends the logins that wait for one', async () => {
  const { visitor } = await owner('unchanged');
  const waiting = app.visitor();
  const link = await waitedFor(app, 'unchanged');
  await visitor.login('unchanged');
  await waiting.login('unchanged');
  const before = await app.user('unchanged');
  await press(app.visitor(), link);
  expect((await waiting.get('/login/second-step')).location).toBe('/login');
  const now = (await app.user('unchanged')) ?? {};
  // What was taken away waits there for an undo.
  const { revision: _r, factorsChangedAt: _f, formerFactors: _o, ...after } = now;
  const factors = ['totp', 'recoveryCodes', 'factorReset', 'revision', 'factorsChangedAt'];
  const kept = Object.entries(before ?? {}).filter(([name]) => !factors.includes(name));
  expect(after).toEqual(Object.fromEntries(kept));
});

it('MF-03 nobody asks who has not shown the first factor, and a mailbox alone is no way in', async () => {
  await owner('guarded');
  const stranger = app.visitor();
  expect((await stranger.get(LOST_FACTOR)).location).toBe('/login');
  expect((await stranger.send('POST', LOST_FACTOR)).location).toBe('/login');
  expect(await resetOf('guarded')).toBeUndefined();
  // The mailbox has the links: neither lets anybody in, and the password is still asked for.
  const link = await waitedFor(app, 'guarded');
  await press(stranger, link);
  expect(await stranger.whoami()).toBeNull();
  expect((await stranger.login('guarded', 'not the password')).status).toBe(422);
});

it('RS-06 a finished recovery may ask, and clears nothing before the time is over', async () => {
  await owner('recovering');
  const visitor = app.visitor();
  await visitor.submit('/recovery', { identifier: 'recovering' });
  const mails = await app.mails('recovering@example.com');
  const texts = mails.map(({ text }) => text).join();
  const [, token = ''] = /new-password\?token=([\w.-]+)/.exec(texts) ?? [];
  const again = { newPassword: NEXT, newPasswordAgain: NEXT };
  const page = `/recovery/new-password?token=${token}`;
  const done = await visitor.submit(page, again, '/recovery/new-password');
  expect(done.location).toBe('/login/second-step');
  await visitor.submit(LOST_FACTOR, {});
  expect(await resetOf('recovering')).toBeDefined();
  expect(await visitor.whoami()).toBeNull();
  expect(await factorsOf('recovering')).toBe(2);
});

it('one request at a time: a second one prolongs nothing', async () => {
  await owner('impatient');
  await askFor(app, 'impatient');
  const first = await resetOf('impatient');
  app.advance(HOUR);
  await askFor(app, 'impatient');
  expect(await resetOf('impatient')).toEqual(first);
  expect(await mailsWith(app, 'impatient', 'cancel')).toHaveLength(1);
});

it('LG-03 a thief who has the password and asks is told of, by mail and in every session', async () => {
  const { visitor, app: authenticator } = await owner('robbed');
  const phone = app.visitor();
  await phone.login('robbed');
  await typeTotp(phone, authenticator.code());
  const thief = await askFor(app, 'robbed');
  for (const session of [visitor, phone]) {
    for (const page of ['/', '/settings', '/settings/profile']) {
      const { html, text } = await session.get(page);
      expect(text).toContain('says that they’ve lost your device and your codes');
      expect(html).toContain('action="/settings/security/keep-factors"');
    }
  }
  expect(await mailsWith(app, 'robbed', 'cancel')).toHaveLength(1);
  expect((await app.visitor().get('/')).text).not.toContain('lost your device');
  expect((await thief.get('/settings')).location).toMatch(/^\/login/);
});

it('the banner’s button cancels it', async () => {
  const { visitor } = await owner('bannered');
  await askFor(app, 'bannered');
  const answer = await visitor.submit('/settings', {}, '/settings/security/keep-factors');
  expect(answer.location).toBe('/settings/security');
  expect((await visitor.get('/settings/security')).text).toContain('Two-step login stays on.');
  expect(await resetOf('bannered')).toBeUndefined();
  expect((await visitor.get('/settings')).text).not.toContain('lost your device');
  app.advance(WAIT);
  await sweep(app);
  expect(await mailsWith(app, 'bannered', 'finish')).toEqual([]);
});

it('the mail’s link cancels it: opening it spends nothing, and it signs nobody in', async () => {
  await owner('mailed');
  await askFor(app, 'mailed');
  const link = await mailedLink(app, 'mailed', 'cancel');
  const reader = app.visitor();
  for (const method of ['GET', 'HEAD', 'GET']) {
    expect((await reader.send(method, link)).status).toBe(200);
  }
  expect(await resetOf('mailed')).toBeDefined();
  expect((await press(reader, link)).location).toBe('/login');
  expect(await reader.whoami()).toBeNull();
  expect(await resetOf('mailed')).toBeUndefined();
  expect((await reader.get(link)).status).toBe(410);
  expect((await reader.send('POST', link)).status).toBe(410);
  expect(app.log.join('')).not.toContain(link.split('=')[1]);
});

it.each(['app', 'recovery code'])('a login with the %s cancels it', async (factor) => {
  const username = `found-${factor.split(' ')[0]}`;
  const { app: authenticator, codes } = await owner(username);
  await askFor(app, username);
  const link = await mailedLink(app, username, 'cancel');
  const visitor = app.visitor();
  await visitor.login(username);
  if (factor === 'app') await typeTotp(visitor, authenticator.code());
  else await typeRecoveryCode(visitor, codes[0] ?? '');
  expect(await visitor.whoami()).toBe(username);
  expect(await resetOf(username)).toBeUndefined();
  expect((await visitor.get(link)).status).toBe(410);
  await told(app);
  expect(await activityOf(visitor)).toContain('Request to turn off two-step login cancelled');
});

it('RS-06 a recovery of the password ends it: whoever asked for it may be the one who is locked out', async () => {
  await owner('recovers-late');
  await askFor(app, 'recovers-late');
  const link = await mailedLink(app, 'recovers-late', 'cancel');
  const visitor = app.visitor();
  const account = { username: 'recovers-late', who: {}, passkey: null, steps: null } as Account;
  const answer = await PATHS['recovery']?.(app, visitor, account);
  expect(answer?.location).toBe('/login/second-step');
  expect(await resetOf('recovers-late')).toBeUndefined();
  expect((await app.visitor().get(link)).status).toBe(410);
  expect((await visitor.get(LOST_FACTOR)).text).toContain('after 72 hours');
  app.advance(WAIT);
  await sweep(app);
  expect(await mailsWith(app, 'recovers-late', 'finish')).toEqual([]);
});

it('the link that finishes is dead once a login with a factor was there', async () => {
  const { app: authenticator } = await owner('in-time');
  const link = await waitedFor(app, 'in-time');
  const visitor = app.visitor();
  await visitor.login('in-time');
  await typeTotp(visitor, authenticator.code());
  expect((await app.visitor().get(link)).status).toBe(410);
  expect((await app.visitor().send('POST', link)).status).toBe(410);
  expect(await factorsOf('in-time')).toBe(2);
});

it('RC-07 of a login with a factor and the finish at the same time one wins, whole', async () => {
  for (let round = 0; round < 6; round++) {
    const username = `racing-${round}`;
    const { app: authenticator } = await owner(username);
    const link = await waitedFor(app, username);
    const visitor = app.visitor();
    await visitor.login(username);
    const reader = app.visitor();
    const [finished] = await Promise.all([
      reader.send('POST', link),
      typeTotp(visitor, authenticator.code()),
    ]);
    const isIn = (await visitor.whoami()) === username;
    const isCleared = (await factorsOf(username)) === 0;
    // Whoever got in by the factor keeps it; after the finish the login begins anew.
    expect([finished.status, isIn]).toEqual([isCleared ? 303 : 410, !isCleared]);
    expect(await resetOf(username)).toBeUndefined();
  }
}, 60_000);

it('RC-07 of twenty who press the last button at once one finishes', async () => {
  await owner('pressed');
  const link = await waitedFor(app, 'pressed');
  const presses = Array.from({ length: 20 }, () => app.visitor().send('POST', link));
  const statuses = (await Promise.all(presses)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  expect(statuses.filter((status) => status === 410)).toHaveLength(19);
});

it('the link lives 24 hours, and a new request can be made afterwards', async () => {
  await owner('late');
  const link = await waitedFor(app, 'late');
  app.advance(24 * HOUR);
  expect((await app.visitor().get(link)).status).toBe(410);
  expect((await app.visitor().send('POST', link)).status).toBe(410);
  expect(await factorsOf('late')).toBe(2);
  await askFor(app, 'late');
  app.advance(WAIT);
  await sweep(app);
  const newer = await mailedLink(app, 'late', 'finish');
  expect(newer).not.toBe(link);
  expect((await app.visitor().get(link)).status).toBe(410);
  expect((await app.visitor().get(newer)).status).toBe(200);
});

it('a link does the work of no other: cancel finishes nothing, and both are one account’s', async () => {
  await owner('mine');
  await owner('theirs');
  const finish = await waitedFor(app, 'mine');
  const cancel = await mailedLink(app, 'mine', 'cancel');
  await askFor(app, 'theirs');
  const theirs = String((await app.user('theirs'))?.['_id']);
  const token = (link: string) => link.split('token=')[1] ?? '';
  const tries = [
    token(cancel),
    token(finish).replace(/^[\da-f]{24}/, theirs),
    token(finish).slice(0, -1),
    `${token(finish)}A`,
    token(finish).toUpperCase(),
    '',
    'x',
  ];
  for (const each of tries) {
    const link = `${LOST_FACTOR}/finish?token=${each}`;
    expect((await app.visitor().get(link)).status).toBe(410);
    expect((await app.visitor().send('POST', link)).status).toBe(410);
  }
  // Before its time is over there is no link that finishes, whoever could make one.
  expect(await factorsOf('theirs')).toBe(2);
  expect(await factorsOf('mine')).toBe(2);
});

it('ends with another address, whose mailbox was not told', async () => {
  const { visitor } = await owner('moving');
  await askFor(app, 'moving');
  const link = await mailedLink(app, 'moving', 'cancel');
  await visitor.submit('/settings/email', { email: 'moved@example.com' });
  await visitor.typeCode((await verificationMail(app, 'moved@example.com')).code);
  expect((await app.user('moving'))?.['email']).toBe('moved@example.com');
  expect((await app.visitor().get(link)).status).toBe(410);
  app.advance(WAIT);
  await sweep(app);
  expect(await resetOf('moving')).toBeUndefined();
  expect(await factorsOf('moving')).toBe(2);
});

it('ends with new factors, which were not lost', async () => {
  const { visitor } = await owner('renewed');
  await askFor(app, 'renewed');
  const link = await mailedLink(app, 'renewed', 'cancel');
  await visitor.submit('/settings/security/recovery-codes', {});
  expect((await app.visitor().get(link)).status).toBe(410);
  app.advance(WAIT);
  await sweep(app);
  expect(await resetOf('renewed')).toBeUndefined();
  expect(await mailsWith(app, 'renewed', 'finish')).toEqual([]);
});

it('ends with "this wasn’t me", which throws the thief out who asked', async () => {
  await owner('undoing');
  const thief = await askFor(app, 'undoing');
  const [mail] = await mailsWith(app, 'undoing', 'cancel');
  const [, path = ''] = /localhost:\d+(\/not-me\?token=\S+)/.exec(mail?.text ?? '') ?? [];
  const reader = app.visitor();
  expect((await reader.get(path)).text).toContain('asked to turn off two-step login');
  expect((await reader.submit(path, {})).location).toMatch(/^\/recovery\/new-password/);
  expect(await resetOf('undoing')).toBeUndefined();
  expect((await thief.get(LOST_FACTOR)).location).toBe('/login');
  expect((await thief.login('undoing', PASSWORD)).status).toBe(422);
  expect(await factorsOf('undoing')).toBe(2);
});

it('BF-12 whoever asks after each cancel is stopped before the mailbox is flooded', async () => {
  await owner('flooded');
  const statuses: number[] = [];
  for (let n = 0; n < 7; n++) {
    const thief = app.visitor();
    await thief.login('flooded');
    statuses.push((await thief.submit(LOST_FACTOR, {})).status);
    if ((await resetOf('flooded')) === undefined) continue;
    await press(app.visitor(), await mailedLink(app, 'flooded', 'cancel'));
  }
  expect(statuses).toEqual([303, 303, 303, 303, 303, 429, 429]);
}, 30_000);

it('a device that is trusted is asked again after it', async () => {
  const { app: authenticator } = await owner('trusting');
  const trusted = app.visitor();
  await trusted.login('trusting');
  await typeTotp(trusted, authenticator.code(), { trust: 'yes' });
  app.advance(STEP);
  await press(app.visitor(), await waitedFor(app, 'trusting'));
  expect((await app.user('trusting'))?.['trustedDevices']).toBeUndefined();
});

it('MF-03 is not offered to somebody without a verified address, and says who can help', async () => {
  const visitor = await app.person('unproven');
  await setUp(app, visitor);
  const again = app.visitor();
  await again.login('unproven');
  const page = await again.get(LOST_FACTOR);
  expect(page.text).toContain('The people who run Latchkey can do it');
  expect(page.html).not.toContain(`action="${LOST_FACTOR}"`);
  await again.send('POST', LOST_FACTOR);
  expect(await resetOf('unproven')).toBeUndefined();
});
