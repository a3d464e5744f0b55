import { Injectable } from '@nestjs/common';
import { MongooseUserRepository } from '../../src/users/mongoose/mongoose-user.repository.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { link, someone } from '../support/identities.js';
import { PASSWORD } from '../support/visitor.js';

/** Accounts of which somebody changes one before every write: a thief of its session who never rests. */
@Injectable()
class RestlessUsers extends MongooseUserRepository {
  restless: string | null = null;

  override async update(
    ...write: Parameters<MongooseUserRepository['update']>
  ): ReturnType<MongooseUserRepository['update']> {
    const user = this.restless === null ? null : await this.findByUsername(this.restless);
    if (user) await super.update(user, { name: `name ${user.revision}` }, []);
    return super.update(...write);
  }
}

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(UserRepository).useClass(RestlessUsers),
  );
});
afterAll(() => app.close());

describe('while somebody changes the account without a pause', () => {
  it('SE-05 a log-out ends the session', async () => {
    const owner = await app.person('restless');
    const thief = owner.copy();
    app.nest.get<RestlessUsers>(UserRepository).restless = 'restless';
    expect((await owner.logout()).location).toBe('/login');
    expect(await thief.whoami()).toBeNull();
  });

  it('SE-07 the owner logs in, by password and by a provider', async () => {
    const users = app.nest.get<RestlessUsers>(UserRepository);
    users.restless = null;
    const who = someone();
    await link(app, await app.person('ever-changing'), 'google', who);
    users.restless = 'ever-changing';
    const [typing, coming] = [app.visitor(), app.visitor()];
    expect((await typing.login('ever-changing')).location).toBe('/');
    expect(await typing.whoami()).toBe('ever-changing');
    expect((await goThrough(app.stub, coming, 'google', who)).location).toBe('/');
    expect(await coming.whoami()).toBe('ever-changing');
  });

  it('SE-05 a login of somebody else ends the session that the browser had', async () => {
    app.nest.get<RestlessUsers>(UserRepository).restless = null;
    await app.person('comes-next');
    const owner = app.visitor();
    await owner.login('restless');
    const thief = owner.copy();
    app.nest.get<RestlessUsers>(UserRepository).restless = 'restless';
    const body = { identifier: 'comes-next', password: PASSWORD };
    expect((await owner.send('POST', '/login', { body })).status).toBe(303);
    expect(await thief.whoami()).toBeNull();
  });
});
