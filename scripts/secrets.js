// Prints fresh secrets in the form of an env file: node scripts/secrets.js >> .env
import { randomBytes } from 'node:crypto';

for (const name of ['SESSION_SECRET', 'PASSWORD_PEPPER']) {
  console.log(`${name}=${randomBytes(32).toString('base64url')}`);
}
