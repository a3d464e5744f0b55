import { AppConfig } from '../../src/core/config/app-config.js';

/** A configuration that needs no environment, with what a test is about. */
export function configWith(settings: Partial<AppConfig>): AppConfig {
  return new AppConfig({
    production: false,
    development: true,
    port: 3000,
    host: '127.0.0.1',
    baseUrl: 'http://localhost:3000',
    dataDir: '/nowhere',
    mongodbUri: '',
    sessionSecrets: [],
    passwordPeppers: [],
    bcryptCost: 4,
    passwordMinLength: 8,
    trustedProxies: [],
    brand: 'Latchkey',
    variables: {},
    secure: false,
    ...settings,
  });
}
