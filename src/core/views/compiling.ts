import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../paths.js';

const FOLDER = join(projectRoot, 'views');

/** What the build makes of the templates: functions by name, so that no start compiles any. */
export const BUILT = join(projectRoot, 'dist/templates.cjs');

/** What templates can call beside Handlebars' own helpers. */
export const HELPERS = [
  't',
  'list',
  'asset',
  'mark',
  'concat',
  'or',
  'and',
  'encode',
  'eq',
  'where',
  'date',
  'isoDate',
  'mailText',
  'mailLink',
  'mailCode',
] as const;

/** How a template is compiled, by the build and while somebody edits it. */
export const OPTIONS = {
  knownHelpers: Object.fromEntries(HELPERS.map((name) => [name, true])),
  knownHelpersOnly: true,
  // A partial's indent would also stand in the lines of a value inside <pre>.
  preventIndent: true,
};

/** @returns the templates' sources; names are paths below `views/` without the ending */
export function readSources(): [name: string, source: string][] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => [
      file.slice(0, -'.hbs'.length).replaceAll('\\', '/'),
      readFileSync(join(FOLDER, file), 'utf8'),
    ]);
}
