import type { Request } from 'express';
import type { MenuState } from '../../core/pages/menus.js';
import type { User } from '../../users/user.js';
import type { WaysIn } from '../../users/ways-in.js';
import { PASSWORD } from '../passwords/passwords.service.js';

export function emailState({ user }: Request): MenuState {
  const { email, emailVerifiedAt, pendingEmail } = user as User;
  if (email === undefined) return { text: { key: 'email.state-none' } };
  if (pendingEmail) {
    return { text: { key: 'email.state-pending', params: { email, pending: pendingEmail.email } } };
  }
  const text = { key: emailVerifiedAt ? 'email.state-verified' : 'email.state', params: { email } };
  return emailVerifiedAt ? { text } : { text, badge: { key: 'email.not-confirmed' } };
}

export function passwordState(waysIn: WaysIn): (request: Request) => MenuState {
  return ({ user }) => {
    const way = waysIn.opening(user as User).find(({ id }) => id === PASSWORD);
    if (!way?.since) return { text: { key: 'password.state-none' } };
    return { text: { key: 'password.state', params: { date: way.since } } };
  };
}
