import { type ExecutionContext, ForbiddenException } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { ReauthenticationGuard } from './reauthentication.guard.js';

class Plain {
  unmarked(): void {}

  @NotSensitive('It is a test.')
  exempt(): void {}
}

/** What the guard says to a request for a handler of the class above. */
function ask(handler: 'unmarked' | 'exempt', method: string, path: string): Promise<boolean> {
  // A route without a rule needs nothing but the marks.
  const rest = [] as unknown as [never, never, never, never, never, never, never];
  const guard = new ReauthenticationGuard(new Reflector(), ...rest);
  const context = {
    getHandler: () => Plain.prototype[handler],
    getClass: () => Plain,
    switchToHttp: () => ({ getRequest: () => ({ method, path }) }),
  };
  return guard.canActivate(context as unknown as ExecutionContext);
}

it.each(['/settings', '/settings/new', '/Settings/new', '/settings/a/b'])(
  'SU-01 denies a POST to %s that says neither that it is sensitive nor why not',
  async (path) => {
    await expect(ask('unmarked', 'POST', path)).rejects.toBeInstanceOf(ForbiddenException);
    await expect(ask('exempt', 'POST', path)).resolves.toBe(true);
  },
);

it('lets pages and other forms through', async () => {
  await expect(ask('unmarked', 'GET', '/settings/new')).resolves.toBe(true);
  await expect(ask('unmarked', 'POST', '/settingsx')).resolves.toBe(true);
  await expect(ask('unmarked', 'POST', '/login')).resolves.toBe(true);
});
