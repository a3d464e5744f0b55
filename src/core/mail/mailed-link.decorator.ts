import { Header } from '@nestjs/common';

/**
 * Marks a route that a mailed link leads to, with a token in its query: no Referer carries the token,
 * not even to a page of ours, while the form's Origin stays, by which it is told from a foreign one.
 */
export const MailedLink = () => Header('Referrer-Policy', 'strict-origin');
