import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';

/**
 * Addresses of the application before this one that bookmarks may hold, and the pages they lead to. A
 * GET changes nothing.
 */
const TODAY: ReadonlyMap<string, string> = new Map([
  ['register', '/register'],
  ['login', '/login'],
  ['logout', '/logout'],
  ['settings', '/settings'],
  ['delete_account', '/settings/delete'],
]);

@Public()
@Controller('users')
export class OldPathsController {
  @Get(':page')
  redirect(@Param('page') page: string): SeeOther {
    const path = TODAY.get(page);
    if (path !== undefined) return new SeeOther(path);
    if (/^(google|github|facebook)_oauth$/.test(page)) return new SeeOther('/login');
    if (/^(google|github|facebook)_oauth_disconnect$/.test(page)) {
      return new SeeOther('/settings/identities');
    }
    throw new NotFoundException();
  }
}
