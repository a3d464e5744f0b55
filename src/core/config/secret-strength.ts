/** Bytes of a secret in ASCII: 32 characters of base64url hold 192 bits (OWASP ASVS 11.5.1 asks for 128). */
const MIN_LENGTH = 32;

/** What people leave in a file that they copied. */
const PLACEHOLDER = /change.?me|example|secret|password|placeholder|default|replace|0123456789/i;

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
    if (PLACEHOLDER.test(value)) return [`${which} looks like an example; make a random one.`];
    if (new Set(value).size < 12) return [`${which} repeats itself too much to be random.`];
    return [];
  });
}
