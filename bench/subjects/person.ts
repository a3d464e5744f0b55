/** The person signed in, in words that stand nowhere else on a page. */
export const PERSON = {
  username: 'quietharbour',
  name: 'The real quietharbour',
  email: 'quietharbour@example.com',
} as const;
