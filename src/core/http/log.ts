import { ConsoleLogger, Injectable, type LogLevel } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { CoreSettings } from '../config/core.settings.js';
import { factsOf, reasonOf } from '../database/error-facts.js';
import { LogOutput } from '../process/log-output.js';
import type { HttpSettings } from './http.settings.js';
import { isProbe } from '../process/probes.js';
import { currentRequest } from './request-context.js';

/** Longest text of a stranger's that one log line takes. */
const MAX_LENGTH = 500;
/** Nearly every text is so: nothing in it needs an escape. */
const PLAIN = new RegExp(`^[ -[\\]-~]{0,${MAX_LENGTH}}$`);

/**
 * Text of a stranger's, made safe for a log line: control characters, line separators and direction
 * marks are written as escapes (CWE-117), a backslash as two, so that nobody can type what reads like
 * one of these escapes; and it is capped.
 */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  const escaped = text
    .slice(0, MAX_LENGTH)
    .replace(/[\\\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
      character === '\\' ? '\\\\' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
  return text.length > MAX_LENGTH ? `${escaped}…` : escaped;
}

/** Where Nest tells each module and route that it has read: nothing that an operator needs. */
const NEST_BOOT = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Fields of one structured log line; values are made printable on the way out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log lines: JSON in production, readable elsewhere; every line of a request has its id. */
@Injectable()
export class Log extends ConsoleLogger {
  private readonly production: boolean;

  constructor(
    { production }: CoreSettings,
    private readonly output: LogOutput,
  ) {
    super({ timestamp: false, colors: !production && process.stdout.isTTY });
    this.production = production;
    if (production) this.setLogLevels(['log', 'warn', 'error', 'fatal']);
  }

  /** Writes one line about one thing that happened. */
  event(name: string, fields: LogFields): void {
    this.write(name, fields);
  }

  /** Writes one line about an error that no person caused: ours, or the database's. */
  fault(error: unknown): void {
    this.write('fault', { level: 'error', ...factsOf(error) });
  }

  protected override printMessages(
    messages: unknown[],
    context = '',
    level: LogLevel = 'log',
  ): void {
    if (level === 'log' && NEST_BOOT.has(context)) return;
    for (const message of messages) {
      this.write(messageOf(message), { level, context: context || undefined });
    }
  }

  // Nest prints a stack beside an error; it goes into the line itself, since one event is one line.
  protected override printStackTrace(stack: string): void {
    if (stack) this.write('stack', { level: 'error', stack });
  }

  private write(name: string, fields: LogFields): void {
    const context = currentRequest();
    const line = {
      time: new Date().toISOString(),
      level: 'log',
      ...fields,
      message: name,
      requestId: context?.id,
    };
    const safe: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(line)) {
      if (value !== undefined) safe[key] = isText(value) ? printableField(key, value) : value;
    }
    const text = this.production ? JSON.stringify(safe) : readable(safe);
    // Whoever watches a terminal sees each line at once.
    this.output.write(`${text}\n`, !this.production || line.level !== 'log');
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

// A stack is ours and long; only its line breaks need escaping.
function printableField(key: string, value: string): string {
  return key === 'stack'
    ? value.slice(0, 4000).replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' | ')
    : printable(value);
}

function readable({ time, level, message, ...rest }: Record<string, unknown>): string {
  // Quoted where a stranger's text could pass for another field.
  const shown = (value: string) => (/[\s"=]/.test(value) ? JSON.stringify(value) : value);
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${shown(String(value))}`);
  return [String(time).slice(11, 19), level, message, ...fields].join(' ');
}

function messageOf(message: unknown): string {
  if (message instanceof Error) return `${message.name}: ${reasonOf(message)}`;
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/**
 * One line a request, written when the answer is done; the query is left out, since it can hold codes
 * and tokens.
 *
 * @param settings whether a probe that is answered well is in it
 */
export function requestLog(log: Log, { logProbes }: HttpSettings) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const start = process.hrtime.bigint();
    const [path = ''] = request.originalUrl.split('?');
    response.on('close', () => {
      if (!logProbes && isProbe(path) && response.statusCode < 400) return;
      log.event('request', {
        method: request.method,
        path,
        status: response.statusCode,
        ms: Number((process.hrtime.bigint() - start) / 1_000_000n),
        address: currentRequest()?.address,
        finished: response.writableFinished,
      });
    });
    next();
  };
}
