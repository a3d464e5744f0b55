import { settingsOf } from '../../../test/support/config.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { providers } from '../../oauth/providers/providers.js';
import type { Finding } from './finding.js';
import { checkProviders } from './provider.checks.js';

const KEYS = { GITHUB_CLIENT_ID: 'Iv1.8a61f9b3a7ba', GITHUB_CLIENT_SECRET: 'e72e16c7e42f292c6912' };

function check(variables: Record<string, string>): Finding[] {
  return checkProviders(providers, settingsOf(CoreSettings, variables), variables);
}

it('gives the callback address and the keys of each, configured or not', () => {
  const findings = check({ ...KEYS, BASE_URL: 'http://localhost:8080' });
  expect(findings.map(({ level }) => level)).toEqual(providers.map(() => 'ok'));
  for (const { id, label } of providers) {
    const { text = '' } = findings.find(({ topic }) => topic === label) ?? {};
    expect(text).toContain(`http://localhost:8080/oauth/${id}/callback`);
    expect(text).toContain(`${id.toUpperCase()}_CLIENT_SECRET`);
    expect(text.startsWith('configured')).toBe(id === 'github');
    expect(text).not.toContain(KEYS.GITHUB_CLIENT_SECRET);
  }
});

it('says that development needs no keys', () => {
  expect(check({}).at(-1)?.text).toContain('a stub stands in for all of them');
});

it.each([
  ['half-set keys', { GITHUB_CLIENT_SECRET: '' }, 'GITHUB_CLIENT_SECRET is missing'],
  ['example keys', { GITHUB_CLIENT_ID: 'your-id' }, 'GITHUB_CLIENT_ID looks like an example'],
  ['a lonely address', { GITHUB_TOKEN_URL: 'https://a.example' }, 'GITHUB_USERINFO_URL, '],
])('finds %s, and still gives the address to register', (_, change, sentence) => {
  const wrong = check({ ...KEYS, ...change }).filter(({ level }) => level !== 'ok');
  expect(wrong).toEqual([
    {
      level: 'error',
      topic: 'GitHub',
      text: expect.stringContaining(sentence),
    },
  ]);
  expect(wrong[0]?.text).toContain('/oauth/github/callback');
});
