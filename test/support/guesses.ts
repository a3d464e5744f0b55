import type { TestApp } from './app.js';

/** Guesses at a password from addresses that nobody else has. @returns the status of each answer */
export async function guessPassword(app: TestApp, name: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let count = 0; count < times; count++) {
    statuses.push((await app.visitor().login(name, `wrong password ${count}`)).status);
  }
  return statuses;
}
