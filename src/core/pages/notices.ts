import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { MessageParams } from '../domain-error.js';

/** A sentence that is shown on the next page, once. */
export interface Notice {
  readonly kind: 'success' | 'info' | 'warning' | 'danger';
  /** Key in the message catalogue. */
  readonly key: string;
  readonly params: MessageParams;
}

declare module 'express-session' {
  interface SessionData {
    notices?: Notice[];
  }
}

interface Link {
  readonly path: string;
  readonly isShown: (request: Request) => boolean;
}

type Banner = (request: Request) => Notice | null;

/** What modules add to the sentences above a page: banners, and links. */
@Injectable()
export class Notices {
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

/** Whether a session holds anything; one that doesn't is not stored, and a stranger's request should leave it so. */
export function holdsSomething(session: object | undefined): boolean {
  return session !== undefined && Object.keys(session).some((key) => key !== 'cookie');
}

/** Whether stored data is a list of notices: some other hand may have written it. */
export function areNotices(value: unknown): value is Notice[] {
  return Array.isArray(value) && value.every(isNotice);
}

function isNotice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { key, params } = value as Partial<Notice>;
  return typeof key === 'string' && typeof params === 'object' && params !== null;
}
