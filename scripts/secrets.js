// Prints fresh secrets in the form of an env file: node scripts/secrets.js >> .env
// It makes each variable whose explanation in .env.example names this script.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
for (const [, name] of example.matchAll(/(?:^#.*\n)*^#.*scripts\/secrets\.js.*\n(\w+)=$/gm)) {
  console.log(`${name}=${randomBytes(32).toString('base64url')}`);
}
