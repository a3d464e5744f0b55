import type { CoreSettings } from '../../core/config/core.settings.js';
import type { Environment } from '../../core/config/environment.js';
import { SettingsReader } from '../../core/config/settings-reader.js';
import type { OAuthProvider } from '../../oauth/providers/oauth-provider.js';
import { callbackUrlOf } from '../../oauth/providers/provider.registry.js';
import { keyNames, readProvider } from '../../oauth/providers/provider-settings.js';
import { error, type Finding, ok } from './finding.js';

/** What is configured of each provider, and the address to register there. */
export function checkProviders(
  known: readonly OAuthProvider[],
  { baseUrl, development }: CoreSettings,
  environment: Environment,
): Finding[] {
  const findings = known.flatMap((provider) => checkProvider(provider, baseUrl, environment));
  const { variables } = new SettingsReader(environment);
  const anyKey = known.some((provider) => keyNames(provider).some((name) => variables[name]));
  return development && !anyKey
    ? [...findings, ok('providers', 'no keys needed here: a stub stands in for all of them')]
    : findings;
}

function checkProvider(
  provider: OAuthProvider,
  baseUrl: string,
  environment: Environment,
): Finding[] {
  const callback = `callback address ${callbackUrlOf(provider, baseUrl)}`;
  const keys = keyNames(provider).join(' and ');
  const read = new SettingsReader(environment);
  const settings = readProvider(provider, read);
  if (read.problems.length > 0) {
    return read.problems.map((problem) => error(provider.label, `${problem} Its ${callback}`));
  }
  const state = settings ? `configured by ${keys}` : `not configured (${keys})`;
  return [ok(provider.label, `${state}, ${callback}`)];
}
