import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Notice } from './notices.js';

type Banner = (request: Request) => Notice | null;

interface Link {
  readonly path: string;
  readonly isShown: (request: Request) => boolean;
}

/** What modules add to the sentences of pages: banners that stay above them, and links behind them. */
@Injectable()
export class NoticeBoard {
  private readonly banners: Banner[] = [];
  private readonly links = new Map<string, Link>();

  /** Adds a notice that stays on every page for as long as `read` gives it. */
  addBanner(read: Banner): void {
    this.banners.push(read);
  }

  /**
   * Adds a link to a sentence, wherever that is shown: the one step that it asks for.
   *
   * @param code the last part of the sentence's key; the link's words are `links.<code>`
   * @param isShown left out: for everybody
   */
  addLink(code: string, path: string, isShown: Link['isShown'] = () => true): void {
    this.links.set(code, { path, isShown });
  }

  /** @returns the path that a sentence leads to; null for none, and where the person is there already */
  linkOf(code: string, request: Request): string | null {
    const link = this.links.get(code);
    return link && link.path !== request.path && link.isShown(request) ? link.path : null;
  }

  bannersOn(request: Request): Notice[] {
    return this.banners.flatMap((read) => read(request) ?? []);
  }
}
