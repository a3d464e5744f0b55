import { soak } from './soak.js';

// Memory is judged by the long form alone: forty rounds tell no leak from a warm-up.
it('FA-12 forty registrations, logins and rounds by a provider leave no handle and no stray document', async () => {
  const { rounds, marks, leaks } = await soak(40, 2);
  expect(leaks).toEqual([]);
  expect([rounds, marks.length, marks.at(-1)?.documents['users']]).toEqual([40, 3, 100]);
});
