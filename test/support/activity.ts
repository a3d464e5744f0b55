import type { TestApp } from './app.js';
import type { Visitor } from './visitor.js';
import { until } from './wait-until.js';

/** Waits until everything that has happened to accounts is copied to their activity, and mailed. */
export async function told({ db }: TestApp): Promise<void> {
  const waiting = (collection: string) =>
    db.collection(collection).countDocuments({ 'untold.id': { $exists: true } });
  await until(async () => (await waiting('users')) + (await waiting('deletions')) === 0);
}

/** @returns the sentences of the page, in its order */
export async function activityOf(visitor: Visitor, query = ''): Promise<string[]> {
  const { status, html } = await visitor.get(`/settings/activity${query}`);
  expect(status).toBe(200);
  return [...html.matchAll(/<p class="happened">([^<]*)<\/p>/g)].map(([, text = '']) => text);
}
