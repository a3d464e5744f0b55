import { Controller, Get } from '@nestjs/common';
import { Page } from './http/page.js';
import { Public } from './http/public.js';

@Controller()
export class HomeController {
  @Public()
  @Get()
  home(): Page {
    return new Page('core/home');
  }
}
