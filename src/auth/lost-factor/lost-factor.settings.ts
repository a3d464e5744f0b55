import { HOUR } from '../../core/clock.js';
import type { SettingsReader } from '../../core/config/settings-reader.js';

const NAME = 'FACTOR_RESET_WAIT';
/** A person looks at their mails once a day. */
const LEAST = 24;
const MOST = 720;

/** Whether and how people get on who have lost every second factor. */
export class LostFactorSettings {
  readonly offered: boolean;
  /** Milliseconds between the request and the mail with the link. */
  readonly wait: number;

  constructor(read: SettingsReader) {
    const text = read.text(NAME, '72h');
    const hours = Number(/^(\d{1,4})h$/.exec(text)?.[1]);
    this.offered = text !== 'off';
    this.wait = hours * HOUR;
    const isWait = hours >= LEAST && hours <= MOST;
    if (this.offered && !isWait) {
      read.problems.push(`${NAME} must be "off", or ${LEAST}h to ${MOST}h.`);
    }
  }
}
