import { ensure, Refusal } from '../values/refusal.js';

/** MongoDB's own limit on a pattern. */
const MAX_PATTERN = 32_764;
/** The most steps that one test may take, about; these are some milliseconds. */
const MAX_STEPS = 20_000_000;
/** Escapes and classes that PCRE and JavaScript read alike; a class may not begin with `]`. */
const SAME = /^(?:\\[dD^$\\.*+?()[\]{}|/]|\[\^?[^\\[\]]+\])$/;

/**
 * Compiles a pattern. It may use what PCRE (MongoDB's engine) and JavaScript read alike, and one
 * repetition or choice at most: backtracking over several could block the server for minutes.
 * @throws Refusal 51091 when the pattern is wrong or holds anything else, 51108 for an option
 */
export function compilePattern(pattern: string, options: string): (text: string) => boolean {
  ensure(/^[is]*$/.test(options), 51108, `invalid or unsupported regex options: ${options}`);
  ensure(pattern.length <= MAX_PATTERN, 51091, 'Regular expression is too long');
  let choices = 0;
  try {
    const source = pattern.replace(/\\.?|\[[^\]]*\]?|\(\?|[.$*+?{|]/gsu, (part) => {
      if (part === '.') return options.includes('s') ? '[^]' : '[^\\n]';
      if (part === '$') return '(?=\\n?$)';
      if (/^[*+?{|]$/.test(part)) choices++;
      if ((choices > 1 || part.length > 1) && !SAME.test(part))
        throw new Error(`${part} is not supported here`);
      return part;
    });
    const expression = new RegExp(source, options.includes('i') ? 'iu' : 'u');
    return (text) => {
      const steps = text.length * (choices > 0 ? text.length : pattern.length);
      ensure(steps <= MAX_STEPS, 51156, 'Executing the regular expression could take too long');
      return expression.test(text);
    };
  } catch (error) {
    throw new Refusal(51091, `Regular expression is invalid or unsupported: ${String(error)}`);
  }
}
