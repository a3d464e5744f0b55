import { addPasskey, logInByPasskey, optionsFor } from '../test/support/passkeys.js';
import { SoftAuthenticator } from '../test/support/soft-authenticator.js';
import { type Answer, Visitor } from '../test/support/visitor.js';

/** People who come to a product again and again, each time from another address: no limit holds them up. */
export class Crowd {
  private visits = 0;

  constructor(private readonly origin: string) {}

  /** Opens the login page and sends the form. @throws when the person is not let in */
  async login(username: string): Promise<void> {
    expectDone(await this.visitor().login(username), `The log-in of ${username}`);
  }

  /** Opens the registration page and sends the form. @throws when there is no account then */
  async register(username: string): Promise<void> {
    expectDone(await this.visitor().register(username), `The registration of ${username}`);
  }

  /**
   * Registers somebody who then adds a passkey.
   *
   * @param baseUrl of the site that the passkey is for
   * @throws when there is none then
   */
  async registerWithPasskey(username: string, baseUrl: string): Promise<SoftAuthenticator> {
    const visitor = this.visitor();
    const authenticator = new SoftAuthenticator(baseUrl);
    expectDone(await visitor.register(username), `The registration of ${username}`);
    expectDone(await addPasskey(visitor, authenticator), `The passkey of ${username}`);
    return authenticator;
  }

  /** Opens the login page and uses a passkey. @throws when the person is not let in */
  async loginByPasskey(authenticator: SoftAuthenticator | undefined): Promise<void> {
    if (!authenticator) throw new Error('There is no passkey to log in by');
    const visitor = this.visitor();
    await visitor.get('/login');
    const passkey = authenticator.use(await optionsFor(visitor));
    expectDone(await logInByPasskey(visitor, passkey), 'A log-in by passkey');
  }

  private visitor(): Visitor {
    const place = this.visits++;
    return new Proxied(this.origin, `10.${place >> 16}.${(place >> 8) & 255}.${place & 255}`);
  }
}

/** A visitor who comes through a proxy, which keeps its connections. */
class Proxied extends Visitor {
  protected override readonly connection = 'keep-alive';
}

function expectDone({ status }: Answer, what: string): void {
  if (status !== 303) throw new Error(`${what} answers ${status}`);
}
