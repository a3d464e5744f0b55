import type OAuth2Strategy from 'passport-oauth2';
import { parseExact } from './parse-exact.js';

/** The protected part of a strategy that holds the client and makes its requests. */
export type OAuth2 = OAuth2Strategy['_oauth2'];

/** Reads an address of a provider's interface with a person's token. */
export function getJson(oauth2: OAuth2, url: string, token: string): Promise<object> {
  return new Promise((resolve, reject) => {
    oauth2.get(url, token, (error: unknown, body) => {
      if (error) return reject(error);
      try {
        resolve(parseExact(String(body)));
      } catch (fault) {
        reject(fault);
      }
    });
  });
}
