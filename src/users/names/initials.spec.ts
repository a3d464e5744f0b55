import { initials } from './initials.js';

it.each([
  ['Ada Lovelace', 'AL'],
  ['Ada King Lovelace', 'AL'],
  ['ada', 'A'],
  ['jean-luc_picard', 'JP'],
  ['  Ada  ', 'A'],
  ['-_-', '-'],
  ['élise de la Tour', 'ÉT'],
  ['é́lise', 'É́'],
  ['👩‍👩‍👧 Müller', '👩‍👩‍👧M'],
  ['محمد الخوارزمي', 'ما'],
])('the initials of %j are %j', (name, expected) => {
  expect(initials(name)).toBe(expected);
});
