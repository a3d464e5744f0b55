import { randomText } from '../../core/crypto/random.js';

/** Base 20 of RFC 8628, 6.1: no vowel, so that no word comes about, and no two letters that look alike. */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
/** 34 bits; guesses are limited. */
const LENGTH = 8;

/** @returns a code to be typed */
export function drawCode(): string {
  return randomText(ALPHABET, LENGTH);
}

/** @returns the code in two halves, as people read it */
export function codeToRead(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
}

/** @returns what was typed in the form in which codes are made: without case, spaces and dashes */
export function codeAsMade(typed: string): string {
  return typed.replace(/[\s\p{Pd}]/gu, '').toUpperCase();
}
