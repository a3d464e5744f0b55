/**
 * Bytes of a secret in ASCII: 32 characters of base64url hold 192 bits (OWASP ASVS 11.5.1 asks for
 * 128).
 */
const MIN_LENGTH = 32;

/** What people leave in a file that they copied. */
const PLACEHOLDER =
  /change.?me|example|secret|password|placeholder|default|replace|0123456789|horse.?battery/i;

/**
 * Sequences that people type instead of a random text: the alphabet, the digits, rows and columns of
 * the keyboard.
 */
const RUNS = (
  'abcdefghijklmnopqrstuvwxyz 1234567890 qwertyuiop asdfghjkl zxcvbnm ' +
  '!@#$%^&*() azertyuiop qsdfghjklm wxcvbn qwertzuiop yxcvbnm ' +
  'aoeuidhtns pyfgcrl qjkxbmwvz 1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik, 9ol. 0p;/'
).split(' ');

/** Signs that stand side by side there, in either direction. */
const NEIGHBOURS = new Set(
  RUNS.flatMap((run) =>
    [...run].slice(1).flatMap((sign, index) => [`${run[index]}${sign}`, `${sign}${run[index]}`]),
  ),
);

/** Share of a secret's characters that may follow a pattern; of a random one about a fifth do. */
const MAX_PATTERNED = 2 / 3;

/** A pattern is looked for in every second, third and so on sign, up to this share of the length. */
const MAX_STRIDE = 1 / 8;

/**
 * @param name the variable, for the sentence
 * @param values the secrets of that variable, newest first
 * @returns one sentence for each weakness; the value itself is never in it
 */
export function secretProblem(name: string, values: readonly string[]): string[] {
  if (values.length === 0) {
    return [`${name} is missing: make one with "node scripts/secrets.js".`];
  }
  return values.flatMap((value, index) => {
    const which = values.length > 1 ? `${name} (number ${index + 1})` : name;
    if (value.length < MIN_LENGTH) return [`${which} is shorter than ${MIN_LENGTH} characters.`];
    // Bytes that are no UTF-8 have become one sign, and two secrets one.
    if (value.includes('\ufffd')) return [`${which} is no text in UTF-8.`];
    // What people typed is no more random where a tool has encoded it.
    return patternProblem(which, value) ?? patternProblem(which, decoded(value)) ?? [];
  });
}

function patternProblem(which: string, value: string): string[] | null {
  if (PLACEHOLDER.test(value)) return [`${which} looks like an example; make a random one.`];
  if (isRepetition(value)) return [`${which} repeats itself too much to be random.`];
  if (isRunning(value))
    return [`${which} follows the keyboard or the alphabet; make a random one.`];
  return null;
}

/** @returns the text that a secret is the base64 or the hexadecimal form of; the secret itself when it is neither */
function decoded(value: string): string {
  if (!/^[\w+/-]+=*$/.test(value)) return value;
  const form = /^(?:[\da-f]{2})+$/i.test(value) ? 'hex' : 'base64';
  const text = Buffer.from(value, form).toString('latin1');
  return /^[ -~]{8,}\n?$/.test(text) ? text : value;
}

// Few characters; one text over and over, in a mirror, or with a counter in it; signs at equal steps.
function isRepetition(value: string): boolean {
  const half = Math.floor(value.length / 2);
  return (
    new Set(value).size < 8 ||
    value === [...value].toReversed().join('') ||
    upTo(half).some((distance) => hasEqualSteps(value, distance))
  );
}

function hasEqualSteps(value: string, distance: number): boolean {
  const counts = new Map<number, number>();
  for (let index = distance; index < value.length; index++) {
    const step = value.charCodeAt(index) - value.charCodeAt(index - distance);
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return Math.max(...counts.values()) >= (value.length - distance) * MAX_PATTERNED;
}

// Rows that take turns, as letters and digits do, stand at a stride.
function isRunning(value: string): boolean {
  const text = value.toLowerCase();
  return upTo(Math.floor(text.length * MAX_STRIDE)).some((stride) => {
    const pairs = upTo(text.length - stride).map((end) => [text[end - 1], text[end - 1 + stride]]);
    const near = pairs.filter(
      ([one = '', other = '']) => one === other || NEIGHBOURS.has(one + other),
    );
    return near.length >= pairs.length * MAX_PATTERNED;
  });
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
