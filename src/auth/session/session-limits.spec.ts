import { DAY, HOUR } from '../../core/clock.js';
import type { Session } from '../../users/session.js';
import { isOver } from './session-limits.js';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const at = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);
const session: Session = {
  id: 'phone',
  startedAt: at(-HOUR),
  lastSeenAt: at(-HOUR),
  authenticatedAt: at(-HOUR),
  methods: ['password'],
  remember: false,
};

it.each<[string, Partial<Session>, boolean]>([
  ['that was seen an hour ago', {}, false],
  ['that was seen two hours ago', { lastSeenAt: at(-2 * HOUR) }, true],
  ['that began a day ago', { startedAt: at(-DAY) }, true],
  ['whose clock runs ahead by hours', { startedAt: at(HOUR), lastSeenAt: at(2 * HOUR) }, false],
  ['that begins next year', { startedAt: at(365 * DAY) }, true],
  ['that was seen next year', { lastSeenAt: at(365 * DAY) }, true],
  ['that begins next year, to be remembered', { startedAt: at(365 * DAY), remember: true }, true],
  // MongoDB has dates that JavaScript has not.
  ['that began at no time', { startedAt: new Date(NaN) }, true],
  ['that was seen at no time', { lastSeenAt: new Date(NaN) }, true],
])('FA-09 a session %s', (_, more, over) => {
  expect(isOver({ ...session, ...more }, NOW)).toBe(over);
});
