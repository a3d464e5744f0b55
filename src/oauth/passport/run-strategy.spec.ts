import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OAuth2Strategy from 'passport-oauth2';
import { harden } from './harden.js';
import { runStrategy } from './run-strategy.js';

class Stumbling extends OAuth2Strategy {
  override userProfile(): void {
    throw new Error('stumbled over the answer');
  }
}

it('OA-08 ends with what a strategy throws while it reads an answer, so that nobody waits for ever', async () => {
  const server = createServer((_request, response) => response.end('{"access_token":"t"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addresses = { authorizationURL: `${origin}/authorize`, tokenURL: `${origin}/token` };
  const client = { clientID: 'id', clientSecret: 'secret' };
  const strategy = harden(new Stumbling({ ...addresses, ...client }, () => undefined));

  const run = runStrategy(strategy, { query: { code: 'c' } }, {});
  await expect(run).rejects.toThrow('stumbled over the answer');
  server.close();
});
