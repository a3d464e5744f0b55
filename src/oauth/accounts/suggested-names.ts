import anyAscii from 'any-ascii';
import { isReservedUsername, USERNAME } from '../../users/names/username.js';
import { trimInvisible } from '../../users/names/visible-text.js';

/** For somebody whose name and login have nothing that a user name may hold. */
const FALLBACK = 'member';
/** Numbers that are tried in order. More would tell how many accounts have the name. */
const COUNTED = 9;
/** Of 900,000 numbers. When so many drawn at random are taken, something else is wrong. */
const DRAWN = 10;

/**
 * User names to try for somebody from a provider, best first: the first word of the
 * name, then of the login, in lower case, then with a number. Each obeys the
 * rules of user names.
 *
 * @param random gives a number in [0, 1)
 */
export function* usernames(
  { name, login }: { name: string; login: string },
  random: () => number = Math.random,
): Generator<string> {
  const base = [name, login].map(plain).find((word) => word !== '') ?? FALLBACK;
  if (isFit(base)) yield base;
  for (let number = 1; number <= COUNTED; number++) yield* numbered(base, String(number));
  for (let drawn = 0; drawn < DRAWN; drawn++) {
    yield* numbered(base, String(Math.floor(100_000 + random() * 900_000)));
  }
}

function* numbered(base: string, number: string): Generator<string> {
  // Two letters and a digit make the shortest name.
  const padded = base.padEnd(USERNAME.min - 1, '_');
  const candidate = padded.slice(0, USERNAME.max - number.length) + number;
  if (isFit(candidate)) yield candidate;
}

// "Łukasz Żak" is lukasz. Emoji, and scripts whose letters say too little of how a name is read (the same
// signs are one name in Chinese and another in Japanese), are left to the login.
function plain(text: string): string {
  const [word = ''] = trimInvisible(text.slice(0, 200).normalize('NFKC')).split(/\s+/u);
  const letters = word.replace(
    /[^\p{ASCII}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/gu,
    '',
  );
  return anyAscii(letters)
    .replace(/[^A-Za-z0-9_-]/g, '')
    .toLowerCase()
    .slice(0, USERNAME.max);
}

function isFit(name: string): boolean {
  return name.length >= USERNAME.min && USERNAME.pattern.test(name) && !isReservedUsername(name);
}
