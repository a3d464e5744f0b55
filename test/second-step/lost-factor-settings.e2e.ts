import { startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import { HOUR, LOST_FACTOR, mailsWith, press, sweep, waitedFor } from '../support/lost-factor.js';

let app: TestApp;
// Passport has one login strategy in a process, that of the newest application: one at a time.
const start = async (environment: Record<string, string>) => {
  app = await startApp(environment);
};
afterEach(() => app.close());

/** The browser of somebody with a verified address who has lost the second factor, at the second step. */
async function atSecondStep(username: string) {
  await setUp(app, await app.owner(username));
  const visitor = app.visitor();
  await visitor.login(username);
  return visitor;
}

it('leads on to a new set-up where the site asks for a second step of everybody', async () => {
  await start({ SECOND_FACTOR: 'required', SECOND_FACTOR_GRACE_DAYS: '1' });
  await setUp(app, await app.owner('strictly'));
  await press(app.visitor(), await waitedFor(app, 'strictly'));
  expect((await app.visitor().login('strictly')).location).toBe('/login/set-up');
});

it('is not offered where no mail is sent', async () => {
  await start({ MAIL_URL: 'off' });
  const visitor = await atSecondStep('muted');
  expect((await visitor.get(LOST_FACTOR)).text).toContain('this site sends no mail');
  await visitor.send('POST', LOST_FACTOR);
  expect((await app.user('muted'))?.['factorReset']).toBeUndefined();
});

it('is not there where the site has turned it off', async () => {
  await start({ FACTOR_RESET_WAIT: 'off' });
  const visitor = await atSecondStep('alone');
  const page = await visitor.get('/login/second-step/authenticator');
  expect(page.html).not.toContain(LOST_FACTOR);
  for (const path of ['', '/cancel', '/finish']) {
    expect((await visitor.get(LOST_FACTOR + path)).status).toBe(404);
    expect((await visitor.send('POST', LOST_FACTOR + path)).status).toBe(404);
  }
});

it('waits as long as the site says', async () => {
  await start({ FACTOR_RESET_WAIT: '24h' });
  const visitor = await atSecondStep('sooner');
  expect((await visitor.get(LOST_FACTOR)).text).toContain('after 24 hours');
  await visitor.submit(LOST_FACTOR, {});
  app.advance(24 * HOUR - 60_000);
  await sweep(app);
  expect(await mailsWith(app, 'sooner', 'finish')).toEqual([]);
  app.advance(60_000);
  await sweep(app);
  expect(await mailsWith(app, 'sooner', 'finish')).toHaveLength(1);
});
