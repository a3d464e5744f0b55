/** A language in which people read the pages. */
export interface Language {
  /** Its BCP 47 tag, and the folder of its sentences below `views/messages`. */
  readonly tag: string;
  /** The direction of its script. */
  readonly direction: 'ltr' | 'rtl';
  /** How a day is written, with no doubt which number is the month; the same day for everybody. */
  readonly dates: Intl.DateTimeFormat;
  /** How several things are named in a sentence, all of which hold. */
  readonly lists: Intl.ListFormat;
}

/** Such as "24 November 2026". */
export const ENGLISH: Language = {
  tag: 'en',
  direction: 'ltr',
  dates: new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }),
  lists: new Intl.ListFormat('en-GB', { type: 'conjunction' }),
};

/** Every language that the pages can be read in. */
export const LANGUAGES: readonly Language[] = [ENGLISH];
