/**
 * Bytes of a secret in ASCII: 32 characters of base64url hold 192 bits (OWASP ASVS 11.5.1 asks for
 * 128).
 */
const MIN_LENGTH = 32;

/** What people leave in a file that they copied. */
const PLACEHOLDER = /change.?me|example|secret|password|placeholder|default|replace|0123456789/i;

/**
 * Sequences that people type instead of a random text: the alphabet, the digits, rows and columns of
 * the keyboard.
 */
const RUNS = (
  'abcdefghijklmnopqrstuvwxyz 1234567890 qwertyuiop asdfghjkl zxcvbnm ' +
  '1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik, 9ol. 0p;/'
).split(' ');

/** Share of a secret's characters that may follow their neighbour; of a random one about a fifth do. */
const MAX_RUNNING = 2 / 3;

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
    if (PLACEHOLDER.test(value)) return [`${which} looks like an example; make a random one.`];
    if (isRepetition(value)) return [`${which} repeats itself too much to be random.`];
    if (isRunning(value))
      return [`${which} follows the keyboard or the alphabet; make a random one.`];
    return [];
  });
}

// Few characters, or one text over and over, the last time perhaps not to its end.
function isRepetition(value: string): boolean {
  const half = Math.floor(value.length / 2);
  const periods = Array.from({ length: half }, (_, index) => index + 1);
  return new Set(value).size < 8 || periods.some((period) => value.startsWith(value.slice(period)));
}

function isRunning(value: string): boolean {
  const text = value.toLowerCase();
  const pairs = [...text].slice(1).map((character, index) => `${text[index]}${character}`);
  const running = pairs.filter(([one = '', other = '']) =>
    RUNS.some((run) => run.includes(one + other) || run.includes(other + one)),
  );
  return running.length >= pairs.length * MAX_RUNNING;
}
