import type { Page, Request } from 'playwright-core';
import { register, useSite } from '../support/site.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';
import { PASSWORD } from '../support/visitor.js';
import { until } from '../support/wait-until.js';

const site = useSite();

const PASSKEYS = '/settings/security/passkeys';

/** A window with an authenticator. Its browser offers passkeys in fields only where it is asked to. */
async function open(options: { autofill?: boolean } & Record<string, unknown> = {}) {
  const { autofill = false, ...more } = options;
  const page = await site.open();
  if (!autofill) {
    await page.addInitScript(
      'PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)',
    );
  }
  const device = await VirtualAuthenticator.plug(page, more);
  return { page, device };
}

async function addPasskey(page: Page): Promise<void> {
  await page.goto(`${PASSKEYS}/add`);
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await page.getByText('You added a passkey.').waitFor();
}

async function logOut(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You have logged out.').waitFor();
}

async function logIn(page: Page): Promise<void> {
  await page.goto('/login');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
}

describe('a passkey', () => {
  it('is added, named, used to log in without typing, and removed', async () => {
    const { page } = await open();
    await register(page, 'story');
    await addPasskey(page);
    await page.getByRole('link', { name: 'Rename Passkey' }).click();
    await page.getByLabel('Name').fill('Phone');
    await page.getByRole('button', { name: 'Save name' }).click();
    await page.getByText('You renamed the passkey.').waitFor();
    await logOut(page);
    await page.goto('/login?next=%2Fsettings');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('Welcome, story.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings');
    await page.goto(PASSKEYS);
    await page.getByText('Last used').waitFor();
    await page.getByRole('button', { name: 'Remove Phone' }).click();
    await page.getByText('You removed the passkey.').waitFor();
  });

  it.each<[by: string, begin: (page: Page) => Promise<void>]>([
    ['pointer', (page) => page.mouse.move(20, 20, { steps: 2 })],
    ['touch', (page) => page.getByLabel('Email or username').click()],
    ['key', (page) => page.keyboard.press('Tab')],
  ])('logs in from the field of the login page, by the first %s there', async (by, begin) => {
    const { page } = await open({ autofill: true });
    await register(page, `autofilled-${by}`);
    await addPasskey(page);
    await logOut(page);
    await page.goto('/login');
    await begin(page);
    await page.getByText(`Welcome, autofilled-${by}.`).waitFor();
  });

  it('is asked for by the button alone, though the field had asked before', async () => {
    const { page, device } = await open({ autofill: true });
    await register(page, 'both-at-once');
    await addPasskey(page);
    await logOut(page);
    await device.touch(false);
    await page.goto('/login');
    // The field gets no answer before the button asks.
    let [asked, answered, ended] = [0, 0, 0];
    await page.route('**/login/passkey/options', async (route) => {
      if (++asked > 1) await route.continue();
    });
    const isOptions = (request: Request) => request.url().endsWith('/login/passkey/options');
    page.on('requestfinished', (request) => (answered += Number(isOptions(request))));
    page.on('requestfailed', (request) => (ended += Number(isOptions(request))));
    let x = 0;
    await until(async () => {
      await page.mouse.move(++x, 20);
      return asked === 1;
    });
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await until(() => answered === 1 && ended === 1);
    // What follows the answer in the page has happened once a later request has come back.
    await page.evaluate(`fetch('/login').then((answer) => answer.text())`);
    expect(await page.locator('[data-passkey-status]').innerText()).toBe('');
    expect(await page.getByRole('button', { name: 'Use a passkey' }).isDisabled()).toBe(true);
  });

  it('is what somebody registers with, instead of a password', async () => {
    const { page, device } = await open();
    await page.goto('/register');
    await page.getByRole('link', { name: 'Create an account with a passkey' }).click();
    await page.getByLabel('Email address').fill('keyed@example.com');
    await page.getByLabel('Username').fill('keyed');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Create passkey' }).click();
    await page.getByText('Thanks for registering. Welcome, keyed.').waitFor();
    // PK-04: nothing of the account is in the handle.
    const [{ userHandle } = { userHandle: '' }] = await device.passkeys();
    expect(Buffer.from(userHandle, 'base64')).toHaveLength(32);
    await page.goto(PASSKEYS);
    await page.getByText('Nothing else opens your account').waitFor();
    expect(await page.getByRole('button', { name: 'Remove Passkey' }).isDisabled()).toBe(true);
    await logOut(page);
    await logIn(page);
    await page.getByText('Welcome, keyed.').waitFor();
  });

  it('confirms a sensitive step, which goes on where it stopped', async () => {
    const { page } = await open();
    await register(page, 'confirmed');
    await addPasskey(page);
    await page.goto('/settings/password');
    await page.goto('/settings/confirm?next=%2Fsettings%2Fpassword');
    await page.getByRole('button', { name: 'Confirm with a passkey' }).click();
    await page.getByText('Confirmed.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings/password');
  });

  it('PK-02 whose counter does not grow is refused, and its person is told', async () => {
    const { page, device } = await open();
    await register(page, 'copied');
    await addPasskey(page);
    const [copy] = await device.passkeys();
    await logOut(page);
    await logIn(page);
    await page.getByText('Welcome, copied.').waitFor();
    await logOut(page);
    if (copy) await device.put(copy);
    await logIn(page);
    await page.getByText('This passkey may have been copied').first().waitFor();
    await page.goto('/settings');
    expect(new URL(page.url()).pathname).toBe('/login');
  });

  it('that was removed opens nothing, and browser and person are told', async () => {
    const { page, device } = await open();
    await register(page, 'removed');
    await addPasskey(page);
    const [passkey] = await device.passkeys();
    await page.getByRole('button', { name: 'Remove Passkey' }).click();
    await page.getByText('You removed the passkey.').waitFor();
    // The page's script tells the browser, which takes it off.
    await until(async () => (await device.passkeys()).length === 0);
    if (passkey) await device.put(passkey);
    await logOut(page);
    await logIn(page);
    await page.getByText('This passkey opens no account here').first().waitFor();
  });
});

describe('a ceremony that comes to nothing', () => {
  it('is told in a sentence with the way on, and what was typed stays', async () => {
    const { page, device } = await open();
    await register(page, 'cancelled');
    await addPasskey(page);
    await logOut(page);
    await device.know(false);
    await page.goto('/login');
    await page.getByLabel('Email or username').fill('cancelled');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('No passkey was used. Try again, or go on another way.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByText('Welcome, cancelled.').waitFor();
  });

  it('is told where the device has a passkey of the account already', async () => {
    const { page } = await open();
    await register(page, 'twice');
    await addPasskey(page);
    await page.goto(`${PASSKEYS}/add`);
    await page.getByRole('button', { name: 'Create passkey' }).click();
    await page.getByText('has a passkey for your account already').waitFor();
  });

  it('is not begun in a browser without WebAuthn, which is told', async () => {
    const page = await site.open();
    await page.addInitScript('delete globalThis.PublicKeyCredential');
    await register(page, 'without');
    await page.goto(`${PASSKEYS}/add`);
    await page.getByText('This browser or address can’t use passkeys.').waitFor();
    expect(await page.getByRole('button', { name: 'Create passkey' }).isHidden()).toBe(true);
  });
});

describe('the offer of a passkey', () => {
  it('stands once after each login by a password, until the person says no', async () => {
    const { page } = await open();
    await register(page, 'offered');
    await page.getByRole('link', { name: 'Create a passkey' }).waitFor();
    await page.reload();
    expect(await page.locator('[data-passkey-offer]').count()).toBe(0);
    await logOut(page);
    await logInByPassword(page);
    await page.getByRole('button', { name: 'No, thanks' }).click();
    await page.getByText('You can add a passkey in your settings at any time.').waitFor();
    await logOut(page);
    await logInByPassword(page);
    expect(await page.locator('[data-passkey-offer]').count()).toBe(0);
  });

  async function logInByPassword(page: Page): Promise<void> {
    await page.goto('/login');
    await page.getByLabel('Email or username').fill('offered');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByText('Welcome, offered.').waitFor();
  }
});
