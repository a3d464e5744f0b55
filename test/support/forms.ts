import { PASSWORD } from './visitor.js';

const NEXT = 'four louder harbours';

/** Every form, filled in well for the person signed in. */
export const FORMS: Record<string, Record<string, string>> = {
  '/login': { identifier: 'nobody', password: PASSWORD },
  '/register': {
    email: 'formed@example.com',
    username: 'formed',
    name: 'Formed',
    password: PASSWORD,
    passwordAgain: PASSWORD,
  },
  '/register/passkey': { email: 'formed@example.com', username: 'formed', name: 'Formed' },
  '/recovery': { identifier: 'nobody' },
  '/recovery/new-password': { token: 'none', newPassword: NEXT, newPasswordAgain: NEXT },
  '/settings/profile': { username: 'formed', name: 'Formed' },
  '/settings/confirm': { currentPassword: PASSWORD },
  '/settings/email': { email: 'formed@example.com' },
  '/settings/password': { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT },
  '/settings/security/authenticator': { totp: '123456', currentPassword: PASSWORD },
  '/settings/delete': { confirmation: 'formed', currentPassword: PASSWORD },
  '/logout': {},
};
