import { startApp, type TestApp } from '../support/app.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { until } from '../support/wait-until.js';

describe('with mail off', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ MAIL_URL: 'off' });
  });
  afterAll(() => app.close());

  it('nobody is told of a mail, and the page says how else an address is confirmed', async () => {
    const person = await app.person('silent');
    expect((await person.get('/')).text).not.toContain('We sent a mail');
    const page = await person.get('/settings/email');
    expect(page.text).toContain('connect a Google or other account');
    expect(page.html).not.toContain('name="code"');
    await person.submit('/settings/email', {}, '/settings/email/mail');
    expect(await app.db.collection('mails').countDocuments()).toBe(0);
  });

  it('a sixth claim is refused, since nobody could end its wait', async () => {
    const email = 'wanted@example.com';
    for (let n = 1; n <= 5; n++) {
      expect((await app.visitor().register(`claims-${n}`, { email })).location).toBe('/');
    }
    const sixth = await app.visitor().register('sixth', { email });
    expect(sixth.status).toBe(422);
    expect(sixth.text).toContain('This email address already has an account');
    expect(await app.user('sixth')).toBeNull();
  });
});

describe('an address that the mail server refuses', () => {
  let server: MailServer;
  let app: TestApp;
  beforeAll(async () => {
    server = await startMailServer();
    app = await startApp({ MAIL_URL: server.url });
  });
  afterAll(async () => {
    await app.close();
    await server.close();
  });
  const handedOver = () =>
    until(async () => (await app.db.collection('mails').countDocuments()) === 0);

  it('is told to its signed-in person alone, until another mail goes to it', async () => {
    server.behaviour = 550;
    const person = await app.person('nowhere');
    await handedOver();
    const sentence = 'We couldn’t reach nowhere@example.com.';
    expect((await person.get('/settings/email')).text).toContain(sentence);
    const other = app.visitor();
    await other.register('nowhere-too', { email: 'nowhere@example.com' });
    server.behaviour = null;
    await handedOver();
    await person.submit('/settings/email', {}, '/settings/email/mail');
    expect((await person.get('/settings/email')).text).not.toContain(sentence);
    await handedOver();
    expect(server.mails.at(-1)?.text).toContain('@nowhere ');
  });
});
