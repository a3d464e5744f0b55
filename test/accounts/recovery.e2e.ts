import type { ParsedMail } from 'mailparser';
import { randomBytes } from 'node:crypto';
import { MINUTE } from '../../src/core/clock.js';
import { CoreSettings } from '../../src/core/config/core.settings.js';
import { Mails } from '../../src/core/mail/mails.js';
import { EmailsService } from '../../src/users/emails.service.js';
import { UsersService } from '../../src/users/users.service.js';
import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { twoStepPerson, typeTotp } from '../support/authenticator.js';
import { goThrough } from '../support/flows.js';
import { addPasskey, softDevice } from '../support/passkeys.js';
import { exchange, statusesIn } from '../support/raw-client.js';
import { verificationMail } from '../support/verification-mail.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const NEW = 'four quiet harbours';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('a person gets back in by their mailbox alone', async () => {
  const before = await app.person('forgetful');
  const visitor = app.visitor();
  const sent = await visitor.submit('/recovery', { identifier: 'forgetful' });
  expect([sent.status, sent.location]).toEqual([303, '/recovery/sent']);
  expect((await visitor.get('/recovery/sent')).text).toContain('Check your email');

  const [link = ''] = await linksTo('forgetful@example.com');
  const page = await visitor.get(link);
  expect(page.status).toBe(200);
  expect(page.html).toContain('value="forgetful"');
  expect(page.headers.get('referrer-policy')).toBe('strict-origin');
  const done = await finish(visitor, link);
  expect([done.status, done.location]).toEqual([303, '/']);
  expect((await visitor.get('/')).text).toContain('Every other device is logged out.');
  expect(await visitor.whoami()).toBe('forgetful');

  expect(await before.whoami()).toBeNull();
  expect((await app.visitor().login('forgetful', PASSWORD)).status).toBe(422);
  expect((await app.visitor().login('forgetful', NEW)).status).toBe(303);
  await told(app);
  const subjects = (await app.mails('forgetful@example.com')).map(({ subject }) => subject);
  expect(subjects).toContain('Your password at Latchkey was changed');
});

it('EN-03 the page and what is written are the same for everybody, and mail goes to the stored address alone', async () => {
  for (const verified of ['stored', 'other-case']) await app.owner(verified);
  await app.person('unverified');
  const google = { subject: 'by-google', email: 'by-google@example.com' };
  await goThrough(app.stub, app.visitor(), 'google', google);
  await app.mails('stored@example.com');
  const written = () =>
    Promise.all(
      ['one-time', 'throttle', 'users'].map((name) => app.db.collection(name).countDocuments()),
    );
  const seen: object[] = [];
  const known = ['stored', 'OTHER-case@example.com', 'unverified', 'by-google@example.com'];
  for (const identifier of [...known, 'nobody-at-all', 'no@example.com']) {
    const before = await written();
    const { status, location, html } = await app.visitor().submit('/recovery', { identifier });
    const after = await written();
    const added = after.map((count, n) => count - (before[n] ?? 0));
    seen.push({ status, location, html, added });
  }
  expect(seen).toEqual(seen.map(() => seen[0]));
  for (const name of ['stored', 'other-case', 'unverified', 'by-google']) {
    expect(await linksTo(`${name}@example.com`)).toHaveLength(1);
  }
  for (const nobody of ['no@example.com', 'OTHER-case@example.com', 'nobody-at-all@example.com']) {
    expect(await app.mails(nobody)).toEqual([]);
  }
});

it('RS-05 opening the link spends nothing, and its form works once', async () => {
  await app.person('prefetched');
  const [link = ''] = await asked('prefetched');
  for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
    expect((await app.visitor().send(method, link)).status).toBe(200);
  }
  const first = await finish(app.visitor(), link);
  expect(first.status).toBe(303);
  const [again, opened] = [await finish(app.visitor(), link), await app.visitor().get(link)];
  expect([again.status, opened.status]).toEqual([422, 410]);
  for (const { text } of [again, opened]) expect(text).toContain('Ask for another link');
});

it('RS-02, RC-07 of twenty at once one finishes', async () => {
  await app.person('hurried');
  const [link = ''] = await asked('hurried');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => finish(app.visitor(), link, `${NEW} ${n}`)),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  expect(statuses.filter((status) => status === 422)).toHaveLength(19);
  const winner = `${NEW} ${statuses.indexOf(303)}`;
  for (const [password, status] of [
    [winner, 303],
    [`${NEW} ${(statuses.indexOf(303) + 1) % 20}`, 422],
    [PASSWORD, 422],
  ] as const) {
    expect((await app.visitor().login('hurried', password)).status).toBe(status);
  }
});

it('RS-02 a link lasts when the account could not be changed', async () => {
  await app.person('interrupted');
  const [link = ''] = await asked('interrupted');
  const emails = app.nest.get(EmailsService);
  const usual = emails.recover.bind(emails);
  emails.recover = async () => {
    emails.recover = usual;
    throw new Error('The process died');
  };
  expect((await finish(app.visitor(), link)).status).toBe(500);
  expect((await app.visitor().login('interrupted', PASSWORD)).status).toBe(303);
  const visitor = app.visitor();
  expect((await finish(visitor, link)).status).toBe(303);
  expect(await visitor.whoami()).toBe('interrupted');
  expect((await finish(app.visitor(), link)).status).toBe(422);
});

it('FA-04 a person is in with the new password, though no mail can tell of it', async () => {
  await app.person('untold');
  const [link = ''] = await asked('untold');
  const mails = app.nest.get(Mails);
  const usual = mails.send.bind(mails);
  mails.send = async () => Promise.reject(new Error('No mail can be kept'));
  const visitor = app.visitor();
  const { location } = await finish(visitor, link);
  mails.send = usual;
  expect([location, await visitor.whoami()]).toEqual(['/', 'untold']);
  expect(app.log.join('')).toContain('No mail can be kept');
});

it('the page after the form says what is left to an account without an address, and names no provider', async () => {
  const { text } = await app.visitor().get('/recovery/sent');
  expect(text).toContain('log in with a passkey, or with an account that you’ve connected');
  expect(text).not.toMatch(/Google|GitHub/);
});

it('RS-02 an old link, one before a newer one, and one from before a new password are worth nothing', async () => {
  const person = await app.person('slow');
  const [first = ''] = await asked('slow');
  const second = (await asked('slow')).at(-1) ?? '';
  expect((await app.visitor().get(first)).status).toBe(410);
  expect((await app.visitor().get(second)).status).toBe(200);
  const change = { currentPassword: PASSWORD, newPassword: NEW, newPasswordAgain: NEW };
  expect((await person.submit('/settings/password', change)).status).toBe(303);
  expect((await app.visitor().get(second)).status).toBe(410);
  expect((await finish(app.visitor(), second)).status).toBe(422);

  await app.person('slower');
  const [third = ''] = await asked('slower');
  app.advance(31 * MINUTE);
  expect((await app.visitor().get(third)).status).toBe(410);
  expect((await finish(app.visitor(), third)).status).toBe(422);
});

it('RS-03 a mangled link is refused, and so is the prefix of somebody else', async () => {
  await app.person('mangled');
  const other = await app.person('mangler');
  expect(await other.whoami()).toBe('mangler');
  const [link = ''] = await asked('mangled');
  const [otherLink = ''] = await asked('mangler');
  const [path = '', token = ''] = link.split('token=');
  const [id = '', secret = ''] = token.split('.');
  const [otherId = ''] = otherLink.split('token=')[1]?.split('.') ?? [];
  for (const bad of [
    '',
    id,
    secret,
    `${id}.`,
    `${id}.${secret.slice(1)}`,
    `${id}.${secret}x`,
    `${otherId}.${secret}`,
    `${id}.${secret.toLowerCase()}`,
    `.${secret}`,
  ]) {
    expect((await app.visitor().get(`${path}token=${encodeURIComponent(bad)}`)).status).toBe(410);
  }
  expect((await app.visitor().get(link)).status).toBe(200);
});

it('RS-03 a thousand tokens that were guessed open nothing, and are refused unread after sixty', async () => {
  await app.person('guessed-at');
  const [link = ''] = await asked('guessed-at');
  const [holder = ''] = link.split('token=')[1]?.split('.') ?? [];
  const before = await app.user('guessed-at');
  const guesser = app.visitor();
  const statuses: number[] = [];
  for (let n = 0; n < 1000; n++) {
    const token = `${holder}.${randomBytes(24).toString('base64url')}`;
    statuses.push((await finish(guesser, `/recovery/new-password?token=${token}`)).status);
  }
  expect(statuses).toEqual([...Array(60).fill(422), ...Array(940).fill(429)]);
  expect((await finish(guesser, link)).status).toBe(429);
  expect(await app.user('guessed-at')).toEqual(before);
  // As much as 128 bits and more, and none of it is stored.
  const secret = link.split('.').at(-1) ?? '';
  expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(16);
  expect((await finish(app.visitor(), link)).status).toBe(303);
});

it('RS-06 who has two steps is not let in by a recovery alone; sessions and what waits are dead, and it is told', async () => {
  const { visitor, app: authenticator } = await twoStepPerson(app, 'two-steps');
  await app.verify('two-steps');
  const others = [app.visitor(), app.visitor()];
  for (const each of others) {
    await each.login('two-steps');
    await typeTotp(each, authenticator.code());
    app.advance(30_000);
  }
  const [email, asks] = ['two-steps@example.net', others[1] ?? visitor];
  await asks.submit('/settings/email', { email });
  expect(await app.user('two-steps')).toHaveProperty('pendingEmail.email', email);
  await visitor.login('two-steps');
  await typeTotp(visitor, authenticator.code());
  app.advance(30_000);
  const { link: verifying } = await verificationMail(app, email);
  const before = await app.user('two-steps');
  const [link = ''] = await asked('two-steps');
  const mailbox = app.visitor();
  expect((await finish(mailbox, link)).location).toBe('/login/second-step');
  for (const each of [mailbox, visitor, ...others]) expect(await each.whoami()).toBeNull();
  const after = await app.user('two-steps');
  expect(after).not.toHaveProperty('pendingEmail');
  expect(after).toMatchObject({ totp: before?.['totp'], recoveryCodes: before?.['recoveryCodes'] });
  expect((await app.visitor().send('POST', verifying)).status).toBe(410);
  await told(app);
  const subjects = (await app.mails('two-steps@example.com')).map(({ subject }) => subject);
  expect(subjects).toContain('Your password at Latchkey was changed');
  await typeTotp(mailbox, authenticator.code());
  expect(await mailbox.whoami()).toBe('two-steps');
});

describe('a request that names another host', () => {
  const OWN = 'Host: localhost';
  const EVIL = 'evil.example';

  it.each<[string, string, string[], number]>([
    ['in Host', '', [`Host: ${EVIL}`], 303],
    ['behind our own name', '', [`Host: localhost:${EVIL}@x`], 303],
    ['as a part of Host', '', [`Host: localhost.${EVIL}`], 303],
    ['in the address', `http://${EVIL}`, [OWN], 303],
    ['in the address and in Host', `http://${EVIL}`, [`Host: ${EVIL}`], 303],
    ['in a second Host', '', [OWN, `Host: ${EVIL}`], 400],
    ['in a Host before ours', '', [`Host: ${EVIL}`, OWN], 400],
    ['in X-Forwarded-Host', '', [OWN, `X-Forwarded-Host: ${EVIL}`], 303],
    [
      'in every header of a proxy',
      '',
      [
        OWN,
        `X-Forwarded-Host: ${EVIL}, localhost`,
        'X-Forwarded-Proto: https',
        'X-Forwarded-Port: 444',
        `X-Forwarded-Server: ${EVIL}`,
        `Forwarded: for=192.0.2.1;host=${EVIL};proto=https`,
        `X-Host: ${EVIL}`,
        `X-Original-URL: http://${EVIL}/recovery`,
      ],
      303,
    ],
  ])('RS-01 %s has mails with the configured one, or none', async (_, target, headers, status) => {
    const { baseUrl } = app.nest.get(CoreSettings, { strict: false });
    const username = `poisoned-${++poisoned}`;
    const password = { password: PASSWORD, passwordAgain: PASSWORD };
    const forms = {
      '/register': { username, email: `${username}@example.com`, name: '', ...password },
      '/recovery': { identifier: username },
    };
    for (const [path, form] of Object.entries(forms)) {
      // Where the registration is refused, the mail to somebody who is there must be as well.
      if (path === '/recovery' && status === 400) await app.person(username);
      const body = new URLSearchParams(form).toString();
      const answer = await exchange(
        Number(new URL(app.origin).port),
        `POST ${target}${path} HTTP/1.1`,
        ...headers,
        'Connection: close',
        'Sec-Fetch-Site: same-origin',
        `X-Forwarded-For: 198.52.0.${poisoned}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${body.length}`,
        '',
        body,
      );
      expect([path, statusesIn(answer)]).toEqual([path, [status]]);
      expect(answer).not.toContain(EVIL);
    }
    const mails = await app.mails(`${username}@example.com`);
    const links = mails.flatMap(({ text = '', html }) => [
      ...(`${text} ${html || ''}`.match(/https?:\/\/[^\s"<]+/g) ?? []),
    ]);
    expect(links.filter((link) => !link.startsWith(`${baseUrl}/`) && link !== baseUrl)).toEqual([]);
    expect(JSON.stringify(mails)).not.toContain(EVIL);
    expect((await recoveriesTo(`${username}@example.com`)).length).toBe(status === 303 ? 1 : 0);
  });

  let poisoned = 0;
});

it('what was linked before the address was verified is taken off and told', async () => {
  await app.person('planted');
  const users = app.nest.get(UsersService);
  const [user] = await users.findByLogin('planted');
  if (!user) throw new Error('There is no account');
  await users.link(user, { key: 'github 1 stranger', provider: 'github', name: 'stranger' });
  const [link = ''] = await asked('planted');
  const visitor = app.visitor();
  await finish(visitor, link);
  expect((await visitor.get('/')).text).toContain('We disconnected GitHub stranger');
  const [after] = await users.findByLogin('planted');
  expect(after?.identities).toEqual([]);
  expect(after?.emailVerifiedAt).toBeInstanceOf(Date);
});

it('factors and passkeys from before the address was verified are taken off and told', async () => {
  const { visitor: stranger } = await twoStepPerson(app, 'set-up');
  await addPasskey(stranger, softDevice(app));
  const [link = ''] = await asked('set-up');
  const visitor = app.visitor();
  expect((await finish(visitor, link)).location).toBe('/');
  const { text } = await visitor.get('/');
  expect(text).toContain('We removed a passkey');
  expect(text).toContain('We turned off the authenticator app');
  const [after] = await app.nest.get(UsersService).findByLogin('set-up');
  expect(after).not.toHaveProperty('totp');
  expect(after).not.toHaveProperty('recoveryCodes');
  expect(after).not.toHaveProperty('passkeys');
});

it('what was linked afterwards stays', async () => {
  await app.person('careful');
  const users = app.nest.get(UsersService);
  const [user] = await users.findByLogin('careful');
  if (!user) throw new Error('There is no account');
  await app.nest.get(EmailsService).verify(user, 'careful@example.com');
  const [verified = user] = await users.findByLogin('careful');
  await users.link(verified, { key: 'github 1 own', provider: 'github', name: 'own' });
  const [link = ''] = await asked('careful');
  await finish(app.visitor(), link);
  const [after] = await users.findByLogin('careful');
  expect(after?.identities.map(({ name }) => name)).toEqual(['own']);
});

it('an address that several claim gets one mail with a link for each, and who finishes has it', async () => {
  for (const username of ['claim-one', 'claim-two']) {
    await app.visitor().register(username, { email: 'shared@example.com' });
  }
  const links = await asked('shared@example.com', 'shared@example.com');
  expect(links).toHaveLength(2);
  const [mail] = await recoveriesTo('shared@example.com');
  for (const username of ['claim-one', 'claim-two']) expect(mail?.text).toContain(username);
  expect((await finish(app.visitor(), links[1] ?? '')).status).toBe(303);
  // The other one has lost the address meanwhile.
  expect((await finish(app.visitor(), links[0] ?? '')).status).toBe(422);
  const [owner] = await app.nest.get(UsersService).findByLogin('shared@example.com');
  expect(owner?.username).toBe('claim-two');
});

it('mistakes are told beside their fields, and the link lasts', async () => {
  await app.person('clumsy');
  const [link = ''] = await asked('clumsy');
  const visitor = app.visitor();
  const short = await finish(visitor, link, 'short', 'clumsy');
  expect(short.status).toBe(422);
  expect(short.html).toContain('id="newPassword-error"');
  expect(short.html).toContain('value="clumsy"');
  const personal = await finish(visitor, link, 'clumsy@example.com');
  expect([personal.status, personal.text]).toEqual([422, expect.stringContaining('too close')]);
  expect((await finish(visitor, link)).status).toBe(303);
  const empty = await visitor.submit('/recovery', { identifier: ' ' });
  expect(empty.status).toBe(422);
  expect(empty.text).toContain('There is a problem Enter your email address');
});

it('BF-12 five mails to one account go out, by whatever name it is asked for; nobody is told', async () => {
  await app.person('flooded');
  const statuses = [];
  for (const identifier of Array.from({ length: 5 }, () => 'flooded')) {
    statuses.push((await app.visitor().submit('/recovery', { identifier })).status);
  }
  const sixth = await app.visitor().submit('/recovery', { identifier: 'flooded@example.com' });
  expect([...statuses, sixth.status]).toEqual([303, 303, 303, 303, 303, 303]);
  expect(await recoveriesTo('flooded@example.com')).toHaveLength(5);
  expect((await app.visitor().submit('/recovery', { identifier: 'flooded' })).status).toBe(429);
  // The last mail that went has a link that works.
  const newest = (await linksTo('flooded@example.com')).at(-1) ?? '';
  expect((await app.visitor().get(newest)).status).toBe(200);
});

it('BF-12 whoever types something like a counter’s name keeps no mail from anybody', async () => {
  await app.person('left-alone');
  for (let tries = 0; tries < 6; tries++) {
    await app.visitor().submit('/recovery', { identifier: 'address left-alone@example.com' });
  }
  await app.visitor().submit('/recovery', { identifier: 'left-alone' });
  expect(await recoveriesTo('left-alone@example.com')).toHaveLength(1);
});

it('BF-12 an address that several claim gets no more mails than another one', async () => {
  const names = ['of-many-one', 'of-many-two', 'of-many-three'];
  for (const username of names) {
    await app.visitor().register(username, { email: 'many@example.com' });
  }
  for (const identifier of names.flatMap((name) => [name, name, name])) {
    expect((await app.visitor().submit('/recovery', { identifier })).status).toBe(303);
  }
  expect(await recoveriesTo('many@example.com')).toHaveLength(5);
});

it('EN-03 each spelling of an address gets the links of its own accounts alone', async () => {
  await app.visitor().register('spelled-small', { email: 'spelled@example.com' });
  await app.visitor().register('spelled-large', { email: 'Spelled@example.com' });
  await app.visitor().submit('/recovery', { identifier: 'spelled@example.com' });
  const [small, large] = await Promise.all(
    ['spelled@example.com', 'Spelled@example.com'].map(recoveriesTo),
  );
  expect(
    [small, large].map((mails) => mails?.map(({ text }) => /spelled-\w+/.exec(text ?? '')?.[0])),
  ).toEqual([['spelled-small'], ['spelled-large']]);
});

it('LE-03 neither log nor database has the token of a link', async () => {
  await app.person('leaky');
  const [link = ''] = await asked('leaky');
  await app.visitor().get(link);
  const secret = link.split('.').at(-1) ?? '';
  expect(secret.length).toBeGreaterThan(20);
  expect(app.log.join('')).not.toContain(secret);
  for (const name of ['one-time', 'mails', 'users']) {
    expect(JSON.stringify(await app.db.collection(name).find().toArray())).not.toContain(secret);
  }
});

it('an account that came by a provider gets its first password, and keeps its connections', async () => {
  const visitor = app.visitor();
  await goThrough(app.stub, visitor, 'google', { subject: 'no-password', email: 'g@example.com' });
  const [link = ''] = await asked('g@example.com', 'g@example.com');
  expect((await finish(visitor, link)).status).toBe(303);
  const [user] = await app.nest.get(UsersService).findByLogin('g@example.com');
  expect(user?.identities).toHaveLength(1);
  expect((await app.visitor().login('g@example.com', NEW)).status).toBe(303);
});

it('where mail is off there is no such page, and nothing leads to it', async () => {
  const other = await startApp({ MAIL_URL: 'off' });
  for (const path of ['/recovery', '/recovery/sent', '/recovery/new-password?token=x']) {
    expect((await other.visitor().get(path)).status).toBe(404);
  }
  expect((await other.visitor().get('/login')).html).not.toContain('/recovery');
  await other.close();
});

/** Asks for a mail, as somebody new each time. @returns the links of all mails to the address */
async function asked(identifier: string, to = `${identifier}@example.com`): Promise<string[]> {
  expect((await app.visitor().submit('/recovery', { identifier })).status).toBe(303);
  return linksTo(to);
}

async function linksTo(address: string): Promise<string[]> {
  return (await recoveriesTo(address)).flatMap(linksIn);
}

async function recoveriesTo(address: string): Promise<ParsedMail[]> {
  const mails = await app.mails(address);
  return mails.filter(({ subject }) => subject === 'Set a new password at Latchkey');
}

function linksIn({ text = '' }: ParsedMail): string[] {
  return [...text.matchAll(/^http\S+(\/recovery\/new-password\?token=\S+)$/gm)].map(
    ([, path = '']) => path,
  );
}

function finish(visitor: Visitor, link: string, password = NEW, username = 'anybody') {
  const token = new URL(link, 'http://localhost').searchParams.get('token') ?? '';
  return visitor.send('POST', '/recovery/new-password', {
    body: { token, username, newPassword: password, newPasswordAgain: password },
  });
}
