import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
// Brings in every module, and with it the module's settings.
import '../app.module.js';
import { CoreSettings } from '../core/config/core.settings.js';
import { readEnvironment } from '../core/config/environment.js';
import { SettingsModule } from '../core/config/settings.module.js';
import { DatabaseSettings } from '../core/database/database.settings.js';
import { projectRoot } from '../core/paths.js';
import { OAuthSettings } from '../oauth/providers/oauth.settings.js';
import { checkDatabase } from './doctor/database.checks.js';
import { error, type Finding } from './doctor/finding.js';
import { checkMail } from './doctor/mail.checks.js';
import { checkProviders } from './doctor/provider.checks.js';
import { checkNode, checkSettings } from './doctor/settings.checks.js';
import { providers } from '../oauth/providers/providers.js';

/**
 * `npm run doctor`: looks at what a start needs, changes nothing, and prints one line a check. It
 * exits 0 when there is no error. `--mail you@example.com` sends a test mail.
 */
const findings = await examine();
for (const { level, topic, text } of findings) {
  process.stdout.write(`${level.padEnd(8)} ${topic}: ${text}\n`);
}
const count = (level: string): number => findings.filter((each) => each.level === level).length;
process.stdout.write(`\nErrors: ${count('error')}, warnings: ${count('warning')}\n`);
process.exitCode = count('error') > 0 ? 1 : 0;

async function examine(): Promise<Finding[]> {
  const { values } = parseArgs({ options: { mail: { type: 'string' } } });
  const node = checkNode(process.versions.node, wantedNode());
  const environment = readEnvironment();
  const configuration = SettingsModule.read(environment);
  const { problems } = configuration;
  // Everything else depends on the settings; a mistake in a provider's keys is told beside its address.
  if (problems.some(({ kind }) => kind !== OAuthSettings)) {
    return [node, ...configuration.sentences.map((each) => error('configuration', each))];
  }
  return [
    node,
    ...checkSettings(configuration),
    ...(await checkDatabase(configuration.get(DatabaseSettings))),
    await checkMail(configuration, values.mail ?? null),
    ...checkProviders(providers, configuration.get(CoreSettings), environment),
  ];
}

function wantedNode(): string {
  const manifest = readFileSync(`${projectRoot}package.json`, 'utf8');
  return (JSON.parse(manifest) as { engines: { node: string } }).engines.node;
}
