import { readFileSync } from 'node:fs';
import { readConfig } from '../core/config/app-config.js';
import { InvalidConfiguration } from '../core/config/invalid-configuration.js';
import { keptSecrets } from '../core/config/development-secrets.js';
import { readEnvironment } from '../core/config/environment.js';
import { projectRoot } from '../core/paths.js';
import { checkDatabase } from './doctor/database.checks.js';
import { error, type Finding } from './doctor/finding.js';
import { checkProviders } from './doctor/provider.checks.js';
import { checkNode, checkSettings } from './doctor/settings.checks.js';
import { providers } from '../oauth/providers/providers.js';

/**
 * `npm run doctor`: looks at what a start needs, changes nothing, and prints one line a check. It
 * exits 0 when there is no error.
 */
const findings = await examine();
for (const { level, topic, text } of findings) {
  process.stdout.write(`${level.padEnd(8)} ${topic}: ${text}\n`);
}
const count = (level: string): number => findings.filter((each) => each.level === level).length;
process.stdout.write(`\nErrors: ${count('error')}, warnings: ${count('warning')}\n`);
process.exitCode = count('error') > 0 ? 1 : 0;

async function examine(): Promise<Finding[]> {
  const node = checkNode(process.versions.node, wantedNode());
  try {
    const config = readConfig(await readEnvironment(), keptSecrets);
    const database = await checkDatabase(config);
    return [node, ...checkSettings(config), ...database, ...checkProviders(providers, config)];
  } catch (cause) {
    if (!(cause instanceof InvalidConfiguration)) throw cause;
    // Everything else depends on the settings.
    return [node, ...cause.problems.map((problem) => error('configuration', problem))];
  }
}

function wantedNode(): string {
  const manifest = readFileSync(`${projectRoot}package.json`, 'utf8');
  return (JSON.parse(manifest) as { engines: { node: string } }).engines.node;
}
