import { Injectable } from '@nestjs/common';
import { createRequire } from 'node:module';
import { CoreSettings } from '../../core/config/core.settings.js';
import { UnacceptablePassword } from './password.errors.js';
import { PasswordSettings } from './password.settings.js';

/** Code points. Longer ones are refused before any hashing; OWASP ASVS 6.2.9 asks for 64 at least. */
export const PASSWORD_MAX_LENGTH = 256;

const require = createRequire(import.meta.url);

/** What a password is compared with, beside the common ones. */
export interface PasswordContext {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | null | undefined;
}

/**
 * The one rule for passwords (NIST SP 800-63B-4 3.1.1.2, OWASP ASVS 6.2): a length, and a list of
 * those that are guessed first. No kinds of characters are asked for.
 */
@Injectable()
export class PasswordPolicy {
  private known?: ReadonlySet<string>;

  constructor(
    private readonly settings: PasswordSettings,
    private readonly core: CoreSettings,
  ) {}

  /**
   * @param field the form's field that the message belongs beside
   * @throws UnacceptablePassword with the reason
   */
  check(password: string, context: PasswordContext, field: string): void {
    const mistake = this.mistake(password, context, field);
    if (mistake) throw mistake;
  }

  /** @returns what is wrong with a password, or null; parameters as for `check` */
  mistake(password: string, context: PasswordContext, field: string): UnacceptablePassword | null {
    const [min, max] = [this.settings.minLength, PASSWORD_MAX_LENGTH];
    if (isTooLong(password)) return new UnacceptablePassword('password-long', field, { max });
    if (composedLength(password) < min) {
      return new UnacceptablePassword('password-short', field, { min });
    }
    const plain = skeleton(password);
    if (this.common().has(password.toLowerCase())) {
      return new UnacceptablePassword('password-common', field);
    }
    if (isRepetition(plain) || isSequence(plain)) {
      return new UnacceptablePassword('password-repetitive', field);
    }
    if (this.contextWords(context).some((word) => isDerived(plain, word))) {
      return new UnacceptablePassword('password-personal', field);
    }
    return null;
  }

  // With the first password: the list is packed, and no start waits for it.
  private common(): ReadonlySet<string> {
    if (this.known) return this.known;
    // Its own types, which TypeScript finds by the name alone.
    const { dictionary } =
      require('@zxcvbn-ts/language-common') as typeof import('@zxcvbn-ts/language-common');
    const words = [...dictionary['passwords-common']].map(String);
    return (this.known = new Set(words.filter((word) => word.length >= this.settings.minLength)));
  }

  private contextWords({ username, email, name }: PasswordContext): string[] {
    const words = [username, email, email?.split('@')[0], name, this.core.brand, 'latchkey'];
    return words.map((word) => skeleton(word ?? '')).filter((word) => word.length >= 3);
  }
}

/** Whether a password is longer than any that could have been set. */
export function isTooLong(password: string): boolean {
  // Checked before the text is composed, which costs time for each character. No language puts more
  // than three marks on a letter.
  if (password.length > 4 * PASSWORD_MAX_LENGTH) return true;
  return composedLength(password) > PASSWORD_MAX_LENGTH;
}

// Counts the code points of what is hashed: keyboards send composed and decomposed letters.
function composedLength(password: string): number {
  return [...password.normalize('NFC')].length;
}

function skeleton(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '');
}

/** One to four characters over and over, with at least three rounds: "aaaaaaaa", "abcabcabc". */
function isRepetition(text: string): boolean {
  return /^(.{1,4})\1{2,}$/su.test(text);
}

/** Neighbours in the alphabet, among the digits or on the keyboard, forwards or backwards. */
function isSequence(text: string): boolean {
  const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890123456789', 'qwertyuiopasdfghjklzxcvbnm'];
  return rows.some((row) => row.includes(text) || row.includes([...text].toReversed().join('')));
}

/** The word itself, doubled, reversed, or with a few digits and signs before or after. */
function isDerived(password: string, word: string): boolean {
  const reversed = [...word].toReversed().join('');
  return [word, reversed, word + word].some(
    (form) =>
      // What is left around the word may be digits and signs alone.
      password.split(form).length > 1 && /^[\d\p{P}\p{S}]*$/u.test(password.replace(form, '')),
  );
}
