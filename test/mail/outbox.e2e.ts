import { Mails } from '../../src/core/mail/mails.js';
import { MINUTE, HOUR } from '../../src/core/clock.js';
import { TooManyAttempts } from '../../src/core/domain-error.js';
import { MailLimits } from '../../src/core/mail/mail-limits.js';
import { startApp, type TestApp } from '../support/app.js';
import { PRODUCTION, useProcesses } from '../support/process.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('keeps each mail as a file that a page shows, as text and as HTML that nothing runs in', async () => {
  await app.nest.get(Mails).send({ kind: 'test', to: 'ada@example.com' });
  const [mail] = await app.mails('ada@example.com');
  expect(mail?.subject).toBe('Test mail from Latchkey');

  const visitor = app.visitor();
  const list = await visitor.get('/development/outbox');
  expect(list.text).toContain('To ada@example.com');
  const [, path = ''] = /href="(\/development\/outbox\/[^"]+\.eml)"/.exec(list.html) ?? [];
  const page = await visitor.get(path);
  expect(page.text).toContain('can send mail to this address');
  expect(page.html).toContain('sandbox=""');
  expect(page.headers.get('content-security-policy')).toContain("frame-src 'self'");
  const html = await visitor.get(`${path}/html`);
  expect(html.headers.get('content-security-policy')).toMatch(/^default-src 'none';.*; sandbox$/);
});

it.each(['nothing.eml', '..%2Fdevelopment-secrets.json', '%2e%2e%2fx.eml', 'x.eml.part'])(
  'IN-05 has no file %s',
  async (name) => {
    expect((await app.visitor().get(`/development/outbox/${name}`)).status).toBe(404);
  },
);

it('keeps the newest 200', async () => {
  const mails = app.nest.get(Mails);
  for (let n = 0; n < 205; n++) await mails.send({ kind: 'test', to: `many-${n}@example.com` });
  await app.mails('many-204@example.com');
  const { html } = await app.visitor().get('/development/outbox');
  expect(html.match(/\.eml"/g)).toHaveLength(200);
});

it('BF-12 five mails to one address go out in ten minutes, and then pauses grow', async () => {
  const limits = app.nest.get(MailLimits);
  const count = async (network: string | null) => {
    const refusal = await limits.count('one@example.com', network).then(
      () => null,
      (error: unknown) => error,
    );
    return refusal instanceof TooManyAttempts ? refusal.retryAfter : refusal;
  };
  for (let n = 0; n < 5; n++) expect(await count(`192.0.2.${n}`)).toBeNull();
  expect(await count('192.0.2.9')).toBeLessThanOrEqual(600);
  app.advance(10 * MINUTE);
  for (let n = 0; n < 5; n++) expect(await count(`192.0.2.${n}`)).toBeNull();
  app.advance(10 * MINUTE);
  // Ten within an hour: the pause is what is left of it.
  expect(await count(null)).toBeGreaterThan(2000);
  app.advance(HOUR);
  expect(await count(null)).toBeNull();
});

it('BF-12 thirty mails of one network go out in ten minutes', async () => {
  const limits = app.nest.get(MailLimits);
  for (let n = 0; n < 30; n++) await limits.count(`to-${n}@example.com`, '198.51.100.7');
  await expect(limits.count('to-31@example.com', '198.51.100.7')).rejects.toThrow(TooManyAttempts);
  await limits.count('to-31@example.com', '198.51.100.8');
});

describe('in production', () => {
  const processes = useProcesses();

  it('FA-13 there is no outbox', async () => {
    const running = await processes.start(PRODUCTION);
    await running.answers('/health/ready', 200);
    expect((await running.visitor().get('/development/outbox')).status).toBe(404);
  });
});
