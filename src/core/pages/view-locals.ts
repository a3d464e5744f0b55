import { Injectable } from '@nestjs/common';
import type { Request } from 'express';

/** Gives every page some data, such as who is signed in. */
export type Contribution = (request: Request) => object;

/** What the modules add to every page; they know of pages, the pages' home does not know of them. */
@Injectable()
export class ViewLocals {
  private readonly contributions: Contribution[] = [];

  add(contribution: Contribution): void {
    this.contributions.push(contribution);
  }

  of(request: Request): object {
    return Object.assign({}, ...this.contributions.map((each) => each(request))) as object;
  }
}
