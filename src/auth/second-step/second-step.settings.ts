import type { SettingsReader } from '../../core/config/settings-reader.js';

/** Whether people choose a second step for themselves. */
export class SecondStepSettings {
  /** Whether every account must have one. */
  readonly required: boolean;
  /** How long an account may go on without one after it was first told. */
  readonly graceDays: number;

  constructor(read: SettingsReader) {
    this.required = read.oneOf('SECOND_FACTOR', ['optional', 'required']) === 'required';
    this.graceDays = read.wholeNumber('SECOND_FACTOR_GRACE_DAYS', 0, { least: 0, most: 365 });
  }
}
