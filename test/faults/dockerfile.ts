import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/core/paths.js';

const execute = promisify(execFile);

/** What the last stage of the Dockerfile holds, in a folder of this machine. */
export interface Image {
  /** Where its command runs. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** With the program in front, as the next one. */
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

interface Stage {
  readonly root: string;
  folder: string;
  environment: Record<string, string>;
  command: readonly string[];
  healthcheck: readonly string[];
}

/**
 * Carries out the Dockerfile's own steps without a container engine and without a network. Each
 * stage is a folder, and its base image is this machine. Two things are otherwise: `npm ci` is a
 * copy of what it made here, and files keep their owner, because the image's user is not here.
 *
 * @param into an empty folder
 * @throws Error for an instruction that is not known here, and for a step that fails
 */
export async function buildImage(into: string): Promise<Image> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const [instruction, text] of instructions()) {
    if (instruction === 'FROM') {
      const name = / AS (\w+)$/.exec(text)?.[1] ?? 'last';
      const root = join(into, name);
      stage = { root, folder: root, environment: {}, command: [], healthcheck: [] };
      stages.set(name, stage);
      continue;
    }
    if (!stage) throw new Error(`${instruction} comes before FROM.`);
    await carryOut(stage, instruction, text, stages);
  }
  if (!stage) throw new Error('The Dockerfile has no stage.');
  return stage;
}

async function carryOut(
  stage: Stage,
  instruction: string,
  text: string,
  stages: ReadonlyMap<string, Stage>,
): Promise<void> {
  switch (instruction) {
    case 'WORKDIR':
      stage.folder = join(stage.root, text);
      await mkdir(stage.folder, { recursive: true });
      return;
    case 'ENV': {
      const [name = '', value = ''] = text.split('=');
      stage.environment[name] = value;
      return;
    }
    case 'COPY':
      return copy(stage, text, stages);
    case 'RUN':
      return run(stage, text);
    case 'CMD':
      stage.command = listIn(text);
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = listIn(text);
      return;
    case 'USER':
    case 'EXPOSE':
      return;
    default:
      throw new Error(`The Dockerfile has ${instruction}, which this replay does not know.`);
  }
}

/** Comments left out, continued lines joined. */
function instructions(): [string, string][] {
  return readFileSync(join(projectRoot, 'Dockerfile'), 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [instruction = '', ...rest] = line.split(' ');
      return [instruction, rest.join(' ')];
    });
}

async function copy(stage: Stage, text: string, stages: ReadonlyMap<string, Stage>): Promise<void> {
  const [, name] = /^--from=(\w+) /.exec(text) ?? [];
  const paths = text.replace(/^--from=\w+ /, '').split(' ');
  const destination = paths.pop() ?? '';
  const place = resolve(stage.folder, destination);
  // A folder's content is copied, and a file into what ends with a slash.
  const target = (source: string) =>
    destination.endsWith('/') && !statSync(source).isDirectory()
      ? join(place, basename(source))
      : place;
  if (name === undefined) {
    const ignored = ignores();
    const filter = (path: string) => !ignored(relative(projectRoot, path));
    const sources = paths.flatMap(matches);
    for (const source of sources) await cp(source, target(source), { recursive: true, filter });
    return;
  }
  const from = stages.get(name);
  if (!from) throw new Error(`COPY is from ${name}, which is no stage.`);
  for (const path of paths) {
    const source = join(from.root, path);
    await link(source, target(source));
  }
}

/** What a path of the context stands for, which may hold a star. */
function matches(path: string): string[] {
  if (!path.includes('*')) return [join(projectRoot, path)];
  const pattern = new RegExp(`^${expression(path)}$`);
  return readdirSync(projectRoot)
    .filter((name) => pattern.test(name))
    .map((name) => join(projectRoot, name));
}

function ignores(): (path: string) => boolean {
  const patterns = readFileSync(join(projectRoot, '.dockerignore'), 'utf8').trim().split('\n');
  const ignored = new RegExp(`^(${patterns.map(expression).join('|')})(/|$)`);
  return (path) => ignored.test(path);
}

function expression(pattern: string): string {
  const parts = pattern.split('**/').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return parts.map((part) => part.replaceAll('*', '[^/]*')).join('(.*/)?');
}

async function run(stage: Stage, text: string): Promise<void> {
  if (text === 'npm ci') {
    const modules = join(stage.folder, 'node_modules');
    await link(join(projectRoot, 'node_modules'), modules);
    // The one file that npm writes to where it lies; it does without.
    return rm(join(modules, '.package-lock.json'));
  }
  const { PATH, HOME } = process.env;
  await execute('sh', ['-c', text.replace(/ && chown .+/, '')], {
    cwd: stage.folder,
    // Not the whole environment: npm hands its own settings on to what it starts.
    env: { PATH, HOME, npm_config_offline: 'true', ...stage.environment },
  });
}

/** Copies a file or folder by hard links where it can, so that a big folder takes a second. */
async function link(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const paths = ['-R', '-P', '-p', from, to];
  await execute('cp', ['-l', ...paths]).catch(async () => {
    await rm(to, { recursive: true, force: true });
    await execute('cp', paths);
  });
}

/** The JSON list that an instruction ends with. */
function listIn(text: string): readonly string[] {
  // The form of CMD that starts no shell.
  return JSON.parse(text.slice(text.indexOf('["'))) as string[];
}
