// Loaded into an application's process before it starts, since nothing can be overridden in what
// main.ts starts: a login with one of these names meets a mistake of ours, with the password in its
// message, as careless code would have it.
import 'reflect-metadata';
import { UsersService } from '../../src/users/users.service.js';

const cause = () => new Error('the cause, with hunter2hunter2 in /secret/path');
const never = new Promise<never>(() => undefined);

const faults: Record<string, () => Promise<never>> = {
  'fault-thrown': () => Promise.reject(cause()),
  'fault-rejected-alone': () => {
    void Promise.reject(cause());
    return never;
  },
  'fault-thrown-alone': () => {
    setImmediate(() => {
      throw cause();
    });
    return never;
  },
};

// oxlint-disable-next-line typescript/unbound-method -- called with its own object below
const { findByLogin } = UsersService.prototype;
UsersService.prototype.findByLogin = function (login) {
  return faults[login]?.() ?? findByLogin.call(this, login);
};
