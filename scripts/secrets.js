// Prints fresh secrets in the form of an env file: npm run --silent secrets >> .env
import { randomBytes } from 'node:crypto';

for (const name of ['SESSION_SECRET', 'PASSWORD_PEPPER']) {
  console.log(`${name}=${randomBytes(32).toString('base64url')}`);
}
