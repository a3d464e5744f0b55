import { createContext, Script } from 'node:vm';
import { Refusal } from './refusal.js';

/** MongoDB's own limit on a pattern. */
const MAX_PATTERN = 32_764;
/** What one test of a pattern that can backtrack may take, in milliseconds. */
const PATTERN_MS = 200;
/** Below this length a pattern with one choice to go back on ends within milliseconds whatever it holds. */
const SHORT_TEXT = 2_000;

/**
 * Compiles a pattern of PCRE into one of JavaScript that means the same, or refuses it. A test that
 * takes too long is broken off with an error: a pattern must not stop the server.
 * @throws Refusal 51091 when the pattern is invalid or may mean something else, 51108 for an option
 */
export function compilePattern(pattern: string, options: string): (text: string) => boolean {
  if (!/^[ims]*$/.test(options)) throw new Refusal(51108, `invalid regex options: ${options}`);
  if (pattern.length > MAX_PATTERN) throw new Refusal(51091, 'Regular expression is too long');
  const expression = compile(pattern, options);
  const choices = pattern.match(/[*+?{|]/g)?.length ?? 0;
  return (text) =>
    choices === 0 || (choices === 1 && text.length <= SHORT_TEXT)
      ? expression.test(text)
      : timedTest(expression, text);
}

/** What is left to JavaScript it reads as PCRE does, or refuses because of the flag `u`. */
function compile(pattern: string, options: string): RegExp {
  const lines = options.includes('m');
  const caseless = options.includes('i');
  try {
    const source = pattern.replace(/\\.?|\[(?:\\.|[^\\\]])*\]?|\(\?.?|[.^$]/gsu, (part) => {
      if (part === '.') return options.includes('s') ? '[^]' : '[^\\n]';
      if (part === '^') return lines ? '(?:^|(?<=\\n)(?!$))' : part;
      if (part === '$') return lines ? '(?=\\n|$)' : '(?=\\n?$)';
      if (/^\\\W$/su.test(part)) return literal(part);
      if (SAME.test(part) && !(caseless && /\\[bBwW]/.test(part))) return part;
      throw new Error(`${part} is not supported`);
    });
    return new RegExp(source, caseless ? 'iu' : 'u');
  } catch (error) {
    throw new Refusal(51091, `Regular expression is invalid: ${String(error)}`);
  }
}

/**
 * Escapes, groups and classes that mean the same; a class may not begin with `]` or hold `[`. Words
 * don't, where case is ignored: JavaScript counts the long s and the sign of kelvin among them.
 */
const SAME = /^(?:\\[bBdDwWnrtf]|\(\?[:=!]|\[\^?(?:\\[dDwWnrtf\\\]^-]|[^\\[\]])+\])$/;

/** PCRE takes any sign after a backslash for itself. */
const literal = (part: string): string => `\\u{${(part.codePointAt(1) ?? 0).toString(16)}}`;

const sandbox: { expression?: RegExp; text?: string } = {};
let runner: { script: Script; context: object } | undefined;

function timedTest(expression: RegExp, text: string): boolean {
  runner ??= { script: new Script('expression.test(text)'), context: createContext(sandbox) };
  Object.assign(sandbox, { expression, text });
  try {
    return Boolean(runner.script.runInContext(runner.context, { timeout: PATTERN_MS }));
  } catch {
    throw new Refusal(51156, 'Executing the regular expression takes too long');
  }
}
