import { problemsOf, settingsOf } from '../../../test/support/config.js';
import { SealSettings } from '../crypto/seal.settings.js';
import { SettingsReader } from '../config/settings-reader.js';
import { MetricsSettings } from './metrics.settings.js';

const TOKEN = 'pT4wLk9zQx7mVb2nHs6dRf3gJy8cUe5a';

it('nobody reads the numbers unless a token is set', () => {
  expect(settingsOf(MetricsSettings).tokens).toEqual([]);
  expect(problemsOf(MetricsSettings, { NODE_ENV: 'production' })).toEqual([]);
});

it('takes a list, so that a token can be changed', () => {
  const METRICS_TOKEN = `${TOKEN}, ${[...TOKEN].toReversed().join('')}`;
  expect(settingsOf(MetricsSettings, { METRICS_TOKEN }).tokens).toHaveLength(2);
});

it.each(['short', 'changeme'.repeat(5), 'ab'.repeat(20)])(
  'refuses the token %s as it would a secret',
  (METRICS_TOKEN) => {
    expect(problemsOf(MetricsSettings, { METRICS_TOKEN })).toEqual([
      expect.stringMatching(/^METRICS_TOKEN (is|looks|repeats|follows)/),
    ]);
  },
);

it('is no secret that seals something', () => {
  const reader = new SettingsReader({ SESSION_SECRET: TOKEN, METRICS_TOKEN: TOKEN });
  for (const kind of [SealSettings, MetricsSettings]) void new kind(reader);
  expect(reader.problems).toEqual(['SESSION_SECRET and METRICS_TOKEN must differ.']);
});
