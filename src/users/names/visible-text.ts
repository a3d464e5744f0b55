/** Controls, format characters, white space, and what Unicode says is shown as nothing. */
const ENDS =
  /^[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]*(.*[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}])?/su;

// A mark belongs to the character before it: a variation selector makes a heart an emoji.
const ENDS_BUT_MARKS =
  /^[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]*(.*(?:[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]|\p{M}))?/su;

/** Drops what can't be seen at both ends, as it comes with text that is copied; never used on passwords. */
export function trimInvisible(text: string): string {
  return ENDS.exec(text)?.[1] ?? '';
}

/** Drops what can't be seen at both ends, but no mark at the end. */
export function trimInvisibleButMarks(text: string): string {
  return ENDS_BUT_MARKS.exec(text)?.[1] ?? '';
}
