import { trimInvisibleButMarks } from './visible-text.js';

/** Lengths in Unicode code points; the form and the database read them here. */
export const NAME = { min: 1, max: 80 } as const;

/**
 * A display name without what can't be seen: controls, direction marks, tags and other format
 * characters (UTR 36) go, except the joiners that emoji and some scripts are written with; runs of
 * white space become one space; what can't be seen at its ends goes.
 *
 * @returns the empty text when nothing of it can be seen
 */
export function cleanName(name: string): string {
  const seen = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/(?![\u200c\u200d])[\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, '')
    .replace(/\s+/gu, ' ');
  return trimInvisibleButMarks(seen);
}
