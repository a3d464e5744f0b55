import { Visitor } from '../test/support/visitor.js';

/** People who come to a product again and again, each time from another address: no limit holds them up. */
export class Crowd {
  private visits = 0;

  constructor(private readonly origin: string) {}

  /** Opens the login page and sends the form. @throws when the person is not let in */
  async login(username: string): Promise<void> {
    const { status } = await this.visitor().login(username);
    if (status !== 303) throw new Error(`The log-in of ${username} answers ${status}`);
  }

  /** Opens the registration page and sends the form. @throws when there is no account then */
  async register(username: string): Promise<void> {
    const { status } = await this.visitor().register(username);
    if (status !== 303) throw new Error(`The registration of ${username} answers ${status}`);
  }

  private visitor(): Visitor {
    const place = this.visits++;
    return new Visitor(this.origin, `10.${place >> 16}.${(place >> 8) & 255}.${place & 255}`);
  }
}
