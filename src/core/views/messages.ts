import { Injectable } from '@nestjs/common';
import { FormatError, IntlMessageFormat } from 'intl-messageformat';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageParams } from '../domain-error.js';
import { projectRoot } from '../paths.js';
import { type Language, LANGUAGES } from './language.js';

/** A sentence that puts no value in stays the text that it is: most do, and need no parsing. */
type Sentence = string | IntlMessageFormat;
type Sentences = ReadonlyMap<string, Sentence>;

/**
 * The message catalogue: every sentence that people read, by language and dotted key, in ICU message
 * syntax. Each module has a file in each language: `views/messages/<language>/<module>.json`.
 */
@Injectable()
export class Messages {
  private readonly catalogues = readCatalogues(join(projectRoot, 'views/messages'), LANGUAGES);

  /**
   * @param key such as `errors.username-taken`
   * @param params values for the `{names}` in the sentence
   * @throws when the catalogue lacks the key, or `params` a value: a mistake of ours
   */
  text(language: Language, key: string, params: MessageParams = {}): string {
    const sentence = this.catalogues.get(language.tag)?.get(key);
    if (sentence === undefined) throw new Error(`The message catalogue has no "${key}"`);
    if (typeof sentence === 'string') return sentence;
    // Of texts and numbers it makes one text.
    return String(sentence.format(withDays(params, language)));
  }

  /** As `text`, with values of any kind, of which only texts, numbers and dates can be named. */
  textOf(language: Language, key: string, values: Readonly<Record<string, unknown>>): string {
    // A sentence takes no more of them than it names.
    return this.text(language, key, values as MessageParams);
  }

  /** @returns as `text`; null where the catalogue lacks the key, or `params` a value that the sentence names */
  find(language: Language, key: string, params: MessageParams = {}): string | null {
    if (!this.catalogues.get(language.tag)?.has(key)) return null;
    try {
      return this.text(language, key, params);
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  }
}

/**
 * Reads every sentence at once, so that a mistake stops the start and not a page.
 *
 * @param folder holds a folder of JSON files for each language
 * @returns by language, then by key
 * @throws for a sentence that is no ICU message, stands twice, or is missing in one of the languages
 */
export function readCatalogues(
  folder: string,
  languages: readonly Pick<Language, 'tag'>[],
): ReadonlyMap<string, Sentences> {
  const catalogues = new Map(
    languages.map(({ tag }) => [tag, readSentences(join(folder, tag), tag)]),
  );
  const keys = new Set([...catalogues.values()].flatMap((sentences) => [...sentences.keys()]));
  for (const [tag, sentences] of catalogues) {
    const missing = [...keys].filter((key) => !sentences.has(key));
    if (missing.length > 0) throw new Error(`The sentences in "${tag}" lack ${missing.join(', ')}`);
  }
  return catalogues;
}

function withDays(params: MessageParams, { dates }: Language): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      value instanceof Date ? dates.format(value) : value,
    ]),
  );
}

function readSentences(folder: string, tag: string): Sentences {
  const sentences = new Map<string, Sentence>();
  for (const file of readdirSync(folder)) {
    for (const [key, text] of leaves(JSON.parse(readFileSync(join(folder, file), 'utf8')))) {
      if (sentences.has(key)) throw new Error(`${tag}/${file}: "${key}" stands twice`);
      sentences.set(key, parse(text, tag, `${tag}/${file}: "${key}"`));
    }
  }
  return sentences;
}

function parse(text: string, tag: string, place: string): Sentence {
  if (!/[{}]/.test(text)) return text;
  try {
    // A sentence holds no markup; "<" is a character like any other.
    return new IntlMessageFormat(text, tag, undefined, { ignoreTag: true });
  } catch (cause) {
    throw new Error(`${place} is no ICU message`, { cause });
  }
}

function leaves(branch: object, prefix = ''): [key: string, text: string][] {
  return Object.entries(branch).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${prefix}${name}.`)
      : [[prefix + name, String(value)]],
  );
}
