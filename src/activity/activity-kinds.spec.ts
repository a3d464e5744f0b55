import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../core/paths.js';
import { ENGLISH } from '../core/views/language.js';
import { Messages } from '../core/views/messages.js';
import { isKnown } from './activity-kinds.js';

/** The names of all events of accounts, as their classes say. */
function eventNames(): string[] {
  const folder = join(projectRoot, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.events.ts'))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/readonly name = '([a-z-]+)'/g),
    ])
    .map(([, name = '']) => name);
}

const names = eventNames();

it('knows where the events are', () => {
  expect(names).toEqual(expect.arrayContaining(['registered', 'logged-in', 'identity-linked']));
});

// The page goes with the account.
it.each(names.filter((name) => name !== 'deleted'))('%s has a kind and a sentence', (name) => {
  expect(isKnown(name)).toBe(true);
  const sentence = new Messages().find(ENGLISH, `activity.events.${name}`, { way: 'Google' });
  expect(sentence).not.toBeNull();
});
