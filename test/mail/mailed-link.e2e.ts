import { Controller, Get, NotFoundException } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CoreSettings } from '../../src/core/config/core.settings.js';
import { HttpSettings } from '../../src/core/http/http.settings.js';
import { securityHeaders } from '../../src/core/http/security-headers.js';
import { MailedLink } from '../../src/core/mail/mailed-link.decorator.js';
import { startApp } from '../support/app.js';
import { settingsOf } from '../support/config.js';

@Controller()
class Linked {
  @Get('linked')
  @MailedLink()
  show(): string {
    return 'shown';
  }

  @Get('spent')
  @MailedLink()
  spent(): string {
    throw new NotFoundException();
  }

  @Get('usual')
  usual(): string {
    return 'shown';
  }
}

it.each([
  ['linked', 'strict-origin'],
  ['spent', 'strict-origin'],
  ['usual', 'same-origin'],
])('the page /%s sends the referrer policy %s', async (path, policy) => {
  const module = await Test.createTestingModule({ controllers: [Linked] }).compile();
  const nest = module.createNestApplication<NestExpressApplication>({ logger: false });
  nest.use(securityHeaders(settingsOf(CoreSettings), settingsOf(HttpSettings)));
  await nest.listen(0, '127.0.0.1');
  const { headers } = await fetch(`${await nest.getUrl()}/${path}?token=abc`);
  expect(headers.get('referrer-policy')).toBe(policy);
  await nest.close();
});

it('LE-01 no token of a link stands in the log, whatever becomes of it', async () => {
  const app = await startApp();
  for (const path of ['/', '/nowhere', '/settings/password', '/login?next=1&next=2']) {
    await app.visitor().get(`${path}${path.includes('?') ? '&' : '?'}token=q7Zsecret`);
  }
  expect(app.log.join('')).toContain('path=/nowhere');
  expect(app.log.join('')).not.toContain('q7Zsecret');
  await app.close();
});
