import { Injectable } from '@nestjs/common';
import type { Request } from 'express';

/** What every view can read as `locals.<name>`: each module adds its own, so core names none of it. */
@Injectable()
export class ViewLocals {
  private readonly locals = new Map<string, (request: Request) => unknown>();

  /** @param read is called once for a request whose view reads the name, and for no other */
  add(name: string, read: (request: Request) => unknown): void {
    this.locals.set(name, read);
  }

  /**
   * @returns the values, each computed when it is first read. It stands below a page's data, not in its
   *   place: Handlebars copies the data for a partial with parameters, and a copy reads every value.
   */
  of(request: Request): object {
    const values = {};
    for (const [name, read] of this.locals) {
      const get = (): unknown => {
        const value = read(request);
        Object.defineProperty(values, name, { value });
        return value;
      };
      Object.defineProperty(values, name, { get, configurable: true });
    }
    return values;
  }
}
