import { Controller, Get } from '@nestjs/common';
import { Page } from '../core/pages/page.js';
import { Public } from '../core/pages/public.decorator.js';

@Controller()
export class HomeController {
  @Public()
  @Get()
  home(): Page {
    return new Page('home/home');
  }
}
