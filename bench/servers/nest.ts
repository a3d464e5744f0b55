// Bare Nest: the floor's work behind Nest's own router.
import 'reflect-metadata';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpCode,
  Module,
  NotFoundException,
  Post,
  Req,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import {
  connect,
  createUser,
  csrfToken,
  findUser,
  port,
  publicFolder,
  render,
  sessions,
} from './work.js';

await connect();
const userId = await createUser();

@Controller()
class PagesController {
  @Get()
  async home(@Req() { session }: Request): Promise<string> {
    if (session.userId === undefined) return render('welcome', {});
    const user = await findUser(session.userId);
    return render('home', { user, csrfToken: csrfToken(session) });
  }

  @Get('settings/profile')
  async settings(@Req() { session }: Request): Promise<string> {
    const user = await findUser(session.userId ?? '');
    return render('settings', { user, csrfToken: csrfToken(session) });
  }

  @Get('login')
  login(@Req() { session }: Request): string {
    return render('login', { csrfToken: csrfToken(session) });
  }

  @Post('enter')
  @HttpCode(204)
  enter(@Req() { session }: Request): void {
    session.userId = userId;
    csrfToken(session);
  }
}

@Catch(NotFoundException)
class MissingPage implements ExceptionFilter {
  catch(_error: NotFoundException, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(404).send(render('missing', {}));
  }
}

@Module({ controllers: [PagesController] })
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule, { bodyParser: false });
app.useStaticAssets(publicFolder, { index: false });
app.use(sessions());
app.useGlobalFilters(new MissingPage());
await app.listen(port, '127.0.0.1');
