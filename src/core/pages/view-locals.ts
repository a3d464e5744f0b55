import { Injectable } from '@nestjs/common';
import type { Request } from 'express';

/** No template can name it. */
const REQUEST = Symbol('request');
interface Values {
  readonly [REQUEST]: Request;
}

/** What every view can read as `locals.<name>`: each module adds its own, so core names none of it. */
@Injectable()
export class ViewLocals {
  private readonly getters: PropertyDescriptorMap = {};

  /** @param read is called once for a request whose view reads the name, and for no other */
  add(name: string, read: (request: Request) => unknown): void {
    const get = function (this: Values): unknown {
      const value = read(this[REQUEST]);
      Object.defineProperty(this, name, { value });
      return value;
    };
    this.getters[name] = { get, configurable: true };
  }

  /**
   * @returns the values, each computed when it is first read. It stands below a page's data, not in its
   *   place: Handlebars copies the data for a partial with parameters, and a copy reads every value.
   */
  of(request: Request): object {
    const values: Values = { [REQUEST]: request };
    return Object.defineProperties(values, this.getters);
  }
}
