import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Notice } from './notices.js';
import { leadingTo, nextOf } from './return-path.js';

type Banner = (request: Request) => Notice | null;

interface LinkOptions {
  /** Left out: for everybody. */
  readonly isShown?: (request: Request) => boolean;
  /** Leads on, in its turn, to where the page that it stands on would have led. */
  readonly keepsNext?: boolean;
  /** Is a button, whose path takes a form: for banners alone, which stay while others come and go. */
  readonly posts?: boolean;
}

interface Link extends LinkOptions {
  readonly path: string;
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
   */
  addLink(code: string, path: string, options: LinkOptions = {}): void {
    this.links.set(code, { path, ...options });
  }

  /** @returns where a sentence leads to; null for none, and where the person is there already */
  linkOf(code: string, request: Request): { path: string; posts: boolean } | null {
    const link = this.links.get(code);
    if (!link || link.path === request.path || link.isShown?.(request) === false) return null;
    const path = link.keepsNext ? leadingTo(nextOf(request), link.path) : link.path;
    return { path, posts: link.posts ?? false };
  }

  bannersOn(request: Request): Notice[] {
    return this.banners.flatMap((read) => read(request) ?? []);
  }
}
