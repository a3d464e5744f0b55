import type { Page } from 'playwright-core';
import { accessibilityProblems } from '../support/chromium.js';
import { register, useSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';
import { verificationMail } from '../support/verification-mail.js';

const site = useSite({ EMAIL_VERIFICATION: 'required' });

const press = (page: Page, name: string) =>
  page.getByRole('main').getByRole('button', { name, exact: true }).click();

async function isFlawless(page: Page, scripts: boolean): Promise<void> {
  expect([page.url(), await page.evaluate('document.scrollingElement.scrollWidth')]).toEqual([
    page.url(),
    320,
  ]);
  if (!scripts) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect([page.url(), colorScheme, await accessibilityProblems(page)]).toEqual([
      page.url(),
      colorScheme,
      [],
    ]);
  }
}

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('%s', (_, javaScriptEnabled) => {
  // Colours would change gradually, and be looked at meanwhile.
  const reducedMotion = 'reduce';
  const viewport = { width: 320, height: 700 };
  const open = () => site.open({ javaScriptEnabled, viewport, reducedMotion });
  const name = (word: string) => `${word}-${javaScriptEnabled ? 'on' : 'off'}`;

  it('a person verifies by the code of the mail, after a slip', async () => {
    const page = await open();
    await register(page, name('types'));
    await page.getByRole('heading', { name: 'Confirm your email address' }).waitFor();
    await isFlawless(page, javaScriptEnabled);
    const { code } = await verificationMail(site.app, `${name('types')}@example.com`);
    await page.getByLabel('Code').fill('BCDF-GHJK');
    await press(page, 'Confirm address');
    await page.getByText('This isn’t the code of the newest mail').first().waitFor();
    await isFlawless(page, javaScriptEnabled);
    await page.getByLabel('Code').fill(code.toLowerCase());
    await press(page, 'Confirm address');
    await page.getByText('You confirmed your email address.').waitFor();
    await isFlawless(page, javaScriptEnabled);
  });

  it('a person verifies by the link, in another browser', async () => {
    const page = await open();
    await register(page, name('links'));
    const { link } = await verificationMail(site.app, `${name('links')}@example.com`);
    const reader = await open();
    await reader.goto(link);
    await reader.getByRole('heading', { name: 'Is this account yours?' }).waitFor();
    await isFlawless(reader, javaScriptEnabled);
    await press(reader, `Yes, @${name('links')} is mine`);
    await reader.getByText('You confirmed your email address.').waitFor();
    expect(new URL(reader.url()).pathname).toBe('/login');
    await page.goto('/settings');
    await page.getByText(`${name('links')}@example.com, confirmed`).waitFor();
    await reader.goto(link);
    await reader.getByRole('heading', { name: 'This link doesn’t work any more' }).waitFor();
    await isFlawless(reader, javaScriptEnabled);
  });

  it('a new address waits beside the verified one, and the change is cancelled', async () => {
    const page = await open();
    await register(page, name('moves'));
    await site.app.verify(name('moves'));
    await page.goto('/settings/email');
    const email = 'wolfeschlegelsteinhausenbergerdorff.welchevor@departments.example.net';
    await page.getByLabel('Email').fill(email);
    const password = page.getByLabel('Current password');
    if (await password.count()) await password.fill(PASSWORD);
    await press(page, 'Change email address');
    await page.getByText(`You haven’t confirmed ${email} yet`).waitFor();
    await isFlawless(page, javaScriptEnabled);
    await press(page, 'Cancel this change');
    await page.getByText(`${name('moves')}@example.com stays your address.`).waitFor();
    expect(await page.getByText(email).count()).toBe(0);
    await isFlawless(page, javaScriptEnabled);
  });

  it('a person whose address a stranger gave takes it off the account', async () => {
    const stranger = await open();
    await register(stranger, name('strange'));
    const { link } = await verificationMail(site.app, `${name('strange')}@example.com`);
    const victim = await open();
    await victim.goto(link);
    await press(victim, 'Not mine: take my address off it');
    await victim.getByText(`took your address off the account @${name('strange')}`).waitFor();
    await stranger.goto('/');
    await stranger.getByText('We removed your email address').waitFor();
    await isFlawless(stranger, javaScriptEnabled);
  });
});
