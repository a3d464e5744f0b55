import { SettingsReader } from '../../core/config/settings-reader.js';
import { LostFactorSettings } from './lost-factor.settings.js';

const HOUR = 60 * 60_000;

function read(text?: string) {
  const reader = new SettingsReader(text === undefined ? {} : { FACTOR_RESET_WAIT: text });
  const { offered, wait } = new LostFactorSettings(reader);
  return { offered, wait, problems: reader.problems };
}

it.each([
  [undefined, 72],
  ['24h', 24],
  ['720h', 720],
])('%s is a waiting time', (text, hours) => {
  expect(read(text)).toEqual({ offered: true, wait: hours * HOUR, problems: [] });
});

it('off takes the way away', () => {
  expect(read('off')).toMatchObject({ offered: false, problems: [] });
});

it.each(['23h', '0h', '721h', '72', '72 h', '-72h', '7.5h', '3d', '1e2h', 'no', 'OFF'])(
  '%s is refused: nobody would see the mail in time, or nothing is meant',
  (text) => {
    expect(read(text).problems).toEqual(['FACTOR_RESET_WAIT must be "off", or 24h to 720h.']);
  },
);
