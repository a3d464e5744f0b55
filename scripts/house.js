// Checks what docs/architecture.md says of files, folders and words, and exits with 1 on a breach.
//   node scripts/house.js
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const ROOMS = ['src', 'embedded-mongodb/src', 'stub-provider/src', 'bench'];
/** More of more than one kind are two rooms. */
const MAX_FILES = 14;
const MAX_LINES = 220;

/** Private words that have a standard term, as the glossary has it. */
const GONE = [
  [/hand-?shake/i, 'authorization flow'],
  [/\bround.?trip/i, 'flow'],
  [/\bdepartures?\b|\barrivals?\b|\barrived\b/i, 'start, finish, outcome'],
  [/waiting.?link/i, 'pending link'],
  [/\b(un)?proved\b|provedEmail|emailProved/i, 'verified'],
  [/\bProof\b|\bdemandFresh\b|PROOF_WINDOW/, 're-authentication'],
  [/\btickets?\b/i, 'one-time record'],
];

const breaches = [
  ...ROOMS.flatMap(ofRoom),
  ...filesBelow('views').flatMap(ofWords),
  ...filesBelow('docs').flatMap(ofDocument),
];
for (const breach of breaches) console.error(breach);
if (breaches.length > 0) process.exitCode = 1;
else console.log('The house is in order.');

function ofRoom(room) {
  const files = filesBelow(room).filter((file) => file.endsWith('.ts'));
  const sources = files.filter((file) => !/\.(spec|e2e)\.ts$/.test(file));
  const folders = new Map();
  for (const file of sources) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1);
  const crowded = [...folders].filter(([, count]) => count > MAX_FILES);
  return [
    ...crowded.map(([folder, count]) => `${folder}: ${count} files, ${MAX_FILES} at most`),
    ...sources.flatMap(ofLength),
    // The other packages have words of their own protocols.
    ...(room === 'src' ? sources.flatMap(ofWords) : []),
  ];
}

function ofLength(file) {
  const lines = read(file).split('\n').length - 1;
  return lines > MAX_LINES ? [`${file}: ${lines} lines, ${MAX_LINES} at most`] : [];
}

function ofWords(file) {
  return read(file)
    .split('\n')
    .flatMap((line, index) =>
      GONE.filter(([word]) => word.test(line)).map(
        ([, term]) => `${file}:${index + 1}: say "${term}": ${line.trim()}`,
      ),
    );
}

// Recipes name files that their reader makes; the rows of security.md are made of the tests' names.
function ofDocument(file) {
  if (/^docs\/(recipes\/|security\.md)/.test(file)) return [];
  const places = [...read(file).matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|js|hbs|json))`/g)];
  const lost = places.filter(
    ([, path]) => !['', 'src/'].some((folder) => existsSync(join(root, folder, path))),
  );
  return [...lost.map(([, path]) => `${file}: there is no ${path}`), ...ofWords(file)];
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file).replaceAll('\\', '/'))
    .filter((file) => /\.(ts|hbs|json|md)$/.test(file) && !/\/(dist|node_modules)\//.test(file));
}

function read(file) {
  return readFileSync(join(root, file), 'utf8');
}
