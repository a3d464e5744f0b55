import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';
import { Page, SeeOther } from './page.js';
import type { Pages } from './pages.js';

/**
 * Express as Nest uses it, and what makes the answer of a controller a page. An interceptor could do the
 * same, but the first of them costs each request as much as drawing its page does.
 */
export class PageAdapter extends ExpressAdapter {
  private pages: Pages | null = null;

  /** Call it when the modules are there, which come after the adapter. */
  drawBy(pages: Pages): void {
    this.pages = pages;
  }

  override reply(response: Response, body: unknown, status?: number): unknown {
    if (body instanceof Page) return this.pages?.send(response.req, body);
    if (body instanceof SeeOther) return this.pages?.redirect(response.req, body);
    return super.reply(response, body, status);
  }
}
