import { activityOf, told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { verificationMail } from '../support/verification-mail.js';
import type { Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const OWNER = 'owner-of-it@example.com';

/** Somebody who has typed the address of another person, and has not verified it. */
async function claimant(username: string, email: string): Promise<Visitor> {
  const visitor = app.visitor();
  await visitor.register(username, { email });
  return visitor;
}

/** @returns the page of the activity, once everything has come to it */
async function pageOf(visitor: Visitor): Promise<string> {
  await told(app);
  return (await visitor.get('/settings/activity')).text;
}

describe('whoever has claimed the address of somebody else sees that', () => {
  it('LG-03 they tried to log in by it, and not where they are', async () => {
    const thief = await claimant('claims-login', OWNER);
    const owner = app.visitor();
    await owner.login(OWNER, 'the password of the owner');
    const page = await pageOf(thief);
    expect(page).toContain('Someone tried to log in with a password');
    expect(page).not.toContain(owner.address);
    expect(page).toContain(thief.address);
    // The log is for who runs the site.
    expect(app.log.join('')).toMatch(new RegExp(`login-failed.*address=${owner.address}`));
  });

  it('LG-03 they forgot their password, and not where they are', async () => {
    const thief = await claimant('claims-recovery', 'forgetful@example.com');
    const owner = app.visitor();
    await owner.submit('/recovery', { identifier: 'forgetful@example.com' });
    const page = await pageOf(thief);
    expect(page).toContain('Someone asked for a mail to set a new password');
    expect(page).not.toContain(owner.address);
  });

  it('LG-03 they said that it is not their account, and not where they are', async () => {
    const thief = await claimant('claims-disowned', 'disowner@example.com');
    const { link } = await verificationMail(app, 'disowner@example.com');
    const owner = app.visitor();
    await owner.submit(link, {}, link.replace('/confirm', '/confirm/not-mine'));
    const page = await pageOf(thief);
    expect(page).toContain('Your email address went to the person who confirmed it');
    expect(page).not.toContain(owner.address);
  });

  it('LG-03 they said by the link that it is their account, and not where they are', async () => {
    const thief = await claimant('claims-confirmed', 'mistaken@example.com');
    const { link } = await verificationMail(app, 'mistaken@example.com');
    const owner = app.visitor();
    expect((await owner.submit(link, {})).status).toBe(303);
    const page = await pageOf(thief);
    expect(page).toContain('Email address confirmed');
    expect(page).not.toContain(owner.address);
  });

  it('LG-03 they verified it in their own account, and not where they are', async () => {
    const thief = await claimant('claims-first', 'settler@example.com');
    const owner = await claimant('verifies-it', 'settler@example.com');
    await owner.typeCode((await verificationMail(app, 'settler@example.com')).code);
    const page = await pageOf(thief);
    expect(page).toContain('Your email address went to the person who confirmed it');
    expect(page).not.toContain(owner.address);
  });

  it('LG-03 they took it off as the one that an account is to have next', async () => {
    const thief = await app.owner('wants-next');
    await thief.submit('/settings/email', { email: 'not-next@example.com' });
    const { link } = await verificationMail(app, 'not-next@example.com');
    const owner = app.visitor();
    await owner.submit(link, {}, link.replace('/confirm', '/confirm/not-mine'));
    const page = await pageOf(thief);
    expect(page).toContain('Change of the email address cancelled');
    expect(page).not.toContain(owner.address);
  });
});

it('whoever is tried at by user name, or by their verified address, sees from where', async () => {
  const person = await app.owner('tried-at');
  for (const name of ['tried-at', 'tried-at@example.com']) {
    const stranger = app.visitor();
    await stranger.login(name, 'not the password');
    const asker = app.visitor();
    await asker.submit('/recovery', { identifier: name });
    const page = await pageOf(person);
    expect([page.includes(stranger.address), page.includes(asker.address)]).toEqual([true, true]);
  }
  expect(await activityOf(person, '?kind=failures')).toHaveLength(2);
});
