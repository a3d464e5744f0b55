import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { MessageParams } from '../domain-error.js';
import { projectRoot } from '../paths.js';

/** The message catalogue: every sentence that people read, by its dotted key. */
@Injectable()
export class Messages {
  private readonly sentences = new Map<string, string>();

  constructor() {
    const file = join(projectRoot, 'views/messages/en.json');
    this.collect('', JSON.parse(readFileSync(file, 'utf8')));
  }

  /** @returns whether the catalogue has this key */
  has(key: string): boolean {
    return this.sentences.has(key);
  }

  /**
   * @param key such as `errors.username-taken`
   * @param params values for the `{names}` in the sentence
   * @throws when the catalogue lacks the key: a missing sentence is a mistake of ours
   */
  text(key: string, params: MessageParams = {}): string {
    const sentence = this.sentences.get(key);
    if (sentence === undefined) throw new Error(`The message catalogue has no "${key}"`);
    return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''));
  }

  private collect(prefix: string, branch: unknown): void {
    for (const [key, value] of Object.entries(branch as Record<string, unknown>)) {
      if (typeof value === 'string') this.sentences.set(prefix + key, value);
      else this.collect(`${prefix}${key}.`, value);
    }
  }
}
