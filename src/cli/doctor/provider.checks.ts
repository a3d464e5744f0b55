import type { AppConfig } from '../../core/config/app-config.js';
import { InvalidConfiguration } from '../../core/config/invalid-configuration.js';
import type { OAuthProvider } from '../../oauth/providers/oauth-provider.js';
import { callbackUrlOf } from '../../oauth/providers/provider.registry.js';
import { hasKeys, keyNames, readProviders } from '../../oauth/providers/provider-settings.js';
import { error, type Finding, ok } from './finding.js';

/** What is configured of each provider, and the address to register there. */
export function checkProviders(known: readonly OAuthProvider[], config: AppConfig): Finding[] {
  const findings = known.flatMap((provider) => checkProvider(provider, config));
  return config.development && !hasKeys(known, config.variables)
    ? [...findings, ok('providers', 'no keys needed here: a stub stands in for all of them')]
    : findings;
}

function checkProvider(provider: OAuthProvider, config: AppConfig): Finding[] {
  const callback = `callback address ${callbackUrlOf(provider, config.baseUrl)}`;
  const keys = keyNames(provider).join(' and ');
  try {
    const [settings] = readProviders([provider], config.variables, config.production);
    const state = settings ? `configured by ${keys}` : `not configured (${keys})`;
    return [ok(provider.label, `${state}, ${callback}`)];
  } catch (cause) {
    if (!(cause instanceof InvalidConfiguration)) throw cause;
    return cause.problems.map((problem) => error(provider.label, `${problem} Its ${callback}`));
  }
}
