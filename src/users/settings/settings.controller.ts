import { Controller, Get } from '@nestjs/common';
import { Page } from '../../core/pages/page.js';

/** Where all settings start: a row for each page that a module contributes, with how things are there. */
@Controller('settings')
export class SettingsController {
  @Get()
  show(): Page {
    return new Page('users/settings');
  }
}
