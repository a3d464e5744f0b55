import { createContext, Script } from 'node:vm';
import { badValue, MongoFailure } from './mongo-failure.js';

/** MongoDB's own limit on a pattern. */
const MAX_PATTERN = 32_764;
/** What one test of a pattern that can backtrack may take, in milliseconds. */
const PATTERN_MS = 200;
/** Below this length a pattern with one repetition ends within milliseconds whatever it holds. */
const SHORT_TEXT = 2_000;

/**
 * Compiles a pattern of PCRE into one of JavaScript that means the same, or refuses it. A test that
 * takes too long is broken off with an error: a pattern must not stop the server.
 *
 * @throws MongoFailure 51091 when the pattern is invalid or has no equivalent, 2 for unknown options
 */
export function compilePattern(pattern: string, options: string): (text: string) => boolean {
  const unknown = /[^imsu]/.exec(options);
  if (unknown) throw new MongoFailure(51108, `invalid flag in regex options: ${unknown[0]}`);
  if (pattern.length > MAX_PATTERN) throw new MongoFailure(51091, 'Regular expression is too long');
  if (pattern.includes('\0') || options.includes('\0'))
    throw badValue('Regular expression cannot contain an embedded null byte');
  const expression = compile(translate(pattern, options), options.includes('i') ? 'iu' : 'u');
  const repetitions = pattern.match(/[*+{]/g)?.length ?? 0;
  const steady = repetitions === 0 && !/\\\d/.test(pattern);
  return (text) => {
    if (steady || (repetitions === 1 && text.length <= SHORT_TEXT)) return expression.test(text);
    return timedTest(expression, text);
  };
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new MongoFailure(51091, `Regular expression is invalid: ${String(error)}`);
  }
}

/** Writes out what the two dialects read differently; the flag `u` refuses what is left. */
function translate(pattern: string, options: string): string {
  const lines = options.includes('m');
  let classStart = -1;
  return pattern.replace(/\\[\s\S]|\[:|\(\?[^:=!<]|[[\].^$]/g, (part: string, at: number) => {
    const inClass = classStart >= 0;
    if (part.length > 1 && part.startsWith('\\')) return escape(part, inClass);
    if (part === '[:' && inClass) throw refused('[:');
    if (part.startsWith('(?')) {
      if (inClass) return part;
      throw refused(part);
    }
    if (part.startsWith('[')) {
      if (!inClass) classStart = at;
      return inClass ? `\\${part}` : part;
    }
    if (part === ']') {
      // The first sign of a class stands for itself.
      if (/^\[\^?$/.test(pattern.slice(classStart, at)) && inClass) return '\\]';
      classStart = -1;
      return part;
    }
    if (inClass) return part;
    if (part === '.') return options.includes('s') ? '[^]' : '[^\\n]';
    if (part === '^') return lines ? '(?<=^|\\n)' : part;
    return lines ? '(?=\\n|$)' : '(?=\\n?$)';
  });
}

/** A sign after a backslash stands for itself; a letter must mean the same in both dialects. */
function escape(part: string, inClass: boolean): string {
  const sign = part.charAt(1);
  if (sign === 's') return inClass ? '\\t-\\r ' : '[\\t-\\r ]';
  if (sign === 'S' && !inClass) return '[^\\t-\\r ]';
  if (/[bBdDwWnrtfvx0-9]/.test(sign)) return part;
  if (/\w/.test(sign)) throw refused(part);
  return `\\u{${(part.codePointAt(1) ?? 0).toString(16)}}`;
}

function refused(part: string): MongoFailure {
  return new MongoFailure(51091, `Regular expression is invalid: ${part} is not supported`);
}

const sandbox: { expression?: RegExp; text?: string } = {};
let runner: { script: Script; context: object } | undefined;

function timedTest(expression: RegExp, text: string): boolean {
  runner ??= { script: new Script('expression.test(text)'), context: createContext(sandbox) };
  sandbox.expression = expression;
  sandbox.text = text;
  try {
    return Boolean(runner.script.runInContext(runner.context, { timeout: PATTERN_MS }));
  } catch {
    throw new MongoFailure(
      51156,
      'Error occurred while executing regular expression: it takes too long',
    );
  }
}
