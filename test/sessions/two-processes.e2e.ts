import { type Running, useProcesses } from '../support/process.js';
import type { Visitor } from '../support/visitor.js';

const processes = useProcesses();
const PAGE = '/settings/sessions';

/** The same browser, sent by a balancer to another process. */
function at(process: Running, browser: Visitor): Visitor {
  const other = process.visitor(browser.address);
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  return other;
}

it('SE-05, SE-12 a session that is ended in one process is ended in the other', async () => {
  const database = await processes.database(`${processes.folder}/database`);
  const environment = { MONGODB_URI: database.uri, BCRYPT_COST: '4', COOKIE_PREFIX: 'shared' };
  // The first one makes the secrets that both have.
  const first = await processes.start(environment);
  await first.answers('/health/ready', 200);
  const second = await processes.start(environment);
  await second.answers('/health/ready', 200);
  const here = first.visitor();
  expect((await here.register('spread')).status).toBe(303);
  const phone = second.visitor();
  await phone.login('spread');
  const laptop = second.visitor();
  await laptop.login('spread');
  for (const browser of [phone, laptop]) {
    expect(await at(first, browser).whoami()).toBe('spread');
    expect(await browser.whoami()).toBe('spread');
  }
  const [step] = /\/settings\/sessions\/[\w-]+\/end/.exec((await here.get(PAGE)).html) ?? [];
  expect((await here.submit(PAGE, {}, step)).location).toBe(PAGE);
  const left = [await phone.whoami(), await laptop.whoami()].filter((name) => name !== null);
  expect(left).toEqual(['spread']);
  expect((await here.submit(PAGE, {}, `${PAGE}/end-others`)).location).toBe(PAGE);
  for (const browser of [phone, laptop]) {
    expect([await browser.whoami(), await at(first, browser).whoami()]).toEqual([null, null]);
  }
  expect(await at(second, here).whoami()).toBe('spread');
});
