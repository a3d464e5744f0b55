const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * What stands for a person where there is no room for a name.
 *
 * @param name a display name or a user name
 * @returns the first character, as people see characters, of its first word and of its last
 */
export function initials(name: string): string {
  const words = name.split(/[\s_-]+/u).filter((word) => word !== '');
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? name.trim()];
  return ends.map((word = '') => firstOf(word)).join('');
}

function firstOf(word: string): string {
  // An ASCII sign before another is a character by itself; to find that out costs the others much more.
  if (/^[!-~]([!-~]|$)/.test(word)) return word.charAt(0).toUpperCase();
  for (const { segment } of characters.segment(word)) return segment.toUpperCase();
  return '';
}
