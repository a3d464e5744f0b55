import { startApp, type TestApp } from '../support/app.js';
import { codesOn, twoStepPerson, typeRecoveryCode, typeTotp } from '../support/authenticator.js';

const PAGE = '/settings/security/recovery-codes';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

async function atStep(username: string) {
  const visitor = app.visitor();
  await visitor.login(username);
  return visitor;
}

it('MF-06 are ten of 80 bits, shown once, and stored as hashes', async () => {
  const { visitor, codes, answer } = await twoStepPerson(app, 'ten-codes');
  expect(codes).toHaveLength(10);
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) {
    expect(code).toMatch(/^([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}$/);
  }
  expect(answer.text).toContain('Two-step login is on.');
  expect(answer.text).toContain('For @ten-codes at Latchkey:');
  expect(answer.html).toContain('download="Latchkey recovery codes ten-codes.txt"');
  expect(answer.html).toContain(encodeURIComponent(codes.join('\n')));
  const stored = JSON.stringify(await app.user('ten-codes'));
  const page = await visitor.get(PAGE);
  expect(page.text).toContain('10 are left');
  for (const code of codes) {
    expect(stored).not.toContain(code);
    expect(page.html).not.toContain(code);
  }
});

it('MF-06 are taken once, in either case, with or without dashes, and told by mail', async () => {
  const { codes } = await twoStepPerson(app, 'case-less');
  await app.verify('case-less');
  const [first = '', second = '', third = ''] = codes;
  const visitor = await atStep('case-less');
  expect((await typeRecoveryCode(visitor, first.toLowerCase())).location).toBe('/');
  expect((await visitor.get('/')).text).toContain('9 are left');
  const typed = ` ${second.replaceAll('-', '').toLowerCase()} `;
  expect((await typeRecoveryCode(await atStep('case-less'), typed)).location).toBe('/');
  const spaced = third.replaceAll('-', ' ');
  expect((await typeRecoveryCode(await atStep('case-less'), spaced)).location).toBe('/');
  for (const used of [first, second, third]) {
    expect((await typeRecoveryCode(await atStep('case-less'), used)).status).toBe(422);
  }
  expect((await visitor.get('/settings/security')).text).toContain('7 left');
  const mails = await app.mails('case-less@example.com');
  const told = mails.filter(({ subject }) => subject === 'A recovery code was used at Latchkey');
  expect(told).toHaveLength(3);
});

it('MF-06 open nothing once there are new ones, nor as the code of an app', async () => {
  const { visitor: owner, codes } = await twoStepPerson(app, 'renewing');
  const made = await owner.submit(PAGE, {});
  const fresh = codesOn(made);
  expect([made.status, fresh.length]).toEqual([200, 10]);
  expect(await owner.whoami()).toBe('renewing');
  const visitor = await atStep('renewing');
  expect((await typeRecoveryCode(visitor, codes[0] ?? '')).status).toBe(422);
  expect((await typeTotp(visitor, fresh[0] ?? '')).status).toBe(422);
  expect((await typeRecoveryCode(visitor, fresh[0] ?? '')).location).toBe('/');
});

it('MF-06 of another account open nothing, though somebody moved their hashes there', async () => {
  const { codes } = await twoStepPerson(app, 'codes-of');
  await twoStepPerson(app, 'codes-at');
  const [from] = [await app.user('codes-of')];
  const recoveryCodes = from?.['recoveryCodes'];
  await app.db.collection('users').updateOne({ username: 'codes-at' }, { $set: { recoveryCodes } });
  expect((await typeRecoveryCode(await atStep('codes-at'), codes[0] ?? '')).status).toBe(422);
});

it('MF-06 guesses are refused after five, and pauses of the app keep nobody from the right one', async () => {
  const { app: authenticator, codes } = await twoStepPerson(app, 'code-guessed');
  const visitor = await atStep('code-guessed');
  const statuses: number[] = [];
  for (let n = 0; n < 100; n++) {
    const guess = `ABCD-EFGH-JKLM-${String(2345 + n).replace(/[01]/g, '9')}`;
    statuses.push((await typeRecoveryCode(visitor, guess)).status);
  }
  expect(statuses.filter((status) => status === 422)).toHaveLength(5);
  expect(statuses.slice(5).every((status) => status === 429)).toBe(true);
  expect((await typeRecoveryCode(visitor, codes[0] ?? '')).status).toBe(429);
  // The two counts are apart.
  expect((await typeTotp(visitor, authenticator.code())).location).toBe('/');
});

it('are not offered to an account without a second factor', async () => {
  const person = await app.person('one-step');
  expect((await person.get(PAGE)).location).toBe('/settings/security');
  const page = await person.get('/settings/security');
  expect(page.html).not.toContain(PAGE);
  expect((await person.submit('/settings/profile', {}, PAGE)).location).toBe('/settings/security');
  expect(await app.user('one-step')).not.toHaveProperty('recoveryCodes');
});
