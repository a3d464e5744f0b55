import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startDatabase } from '../subjects/database.js';
import { startProduct, withPerson } from '../subjects/product.js';
import { takeTurns } from '../turns.js';
import type { Setting } from '../setting.js';

const ROOT = '(root)';

/** As Node writes it (V8's format): samples of the innermost frame, with microseconds between them. */
export interface Profile {
  readonly startTime: number;
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** How much of the main thread's time one package took, Node's own functions included that it called: 0 to 1. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

/** A profile of the product while it answers the home page of a person signed in; the database apart. */
export async function profileHome(setting: Setting, file: string): Promise<Share[]> {
  const { folder, pace } = setting;
  const database = await startDatabase(setting);
  try {
    const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
    const options = { name: 'profiled', database, nodeOptions };
    const product = await withPerson(await startProduct(setting, options));
    let begin = 0;
    try {
      await takeTurns([product], ['home, signed in'], { ...pace, rounds: 0 });
      // The clock of the profile, in microseconds.
      begin = Number(process.hrtime.bigint() / 1000n);
      await takeTurns([product], ['home, signed in'], { ...pace, warmUp: 0 });
    } finally {
      await product.stop();
    }
    const [name] = readdirSync(folder).filter((each) => each.endsWith('.cpuprofile'));
    if (name === undefined) throw new Error('The product has written no profile');
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(folder, name), file);
    return sharesOf(JSON.parse(readFileSync(file, 'utf8')) as Profile, begin);
  } finally {
    await database.child.stop();
  }
}

/** @param begin what was sampled earlier does not count; microseconds on the profile's clock */
export function sharesOf(profile: Profile, begin: number): Share[] {
  const names = namesOf(profile);
  const times = new Map<string, number>();
  let [at, total] = [profile.startTime, 0];
  profile.samples.forEach((id, index) => {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    const name = names.get(id) ?? '';
    if (at < begin || name === '(idle)') return;
    total += delta;
    times.set(name, (times.get(name) ?? 0) + delta);
  });
  return [...times]
    .map(([name, time]) => ({ name, share: time / total }))
    .toSorted((a, b) => b.share - a.share);
}

/** @returns the package of each frame, by its id; what is Node's own is its caller's */
function namesOf({ nodes }: Profile): Map<number, string> {
  const names = new Map<number, string>();
  const callers = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  // A caller stands before what it calls.
  for (const { id, callFrame } of nodes) {
    const caller = names.get(callers.get(id) ?? 0) ?? ROOT;
    names.set(id, packageOf(callFrame) ?? (caller === ROOT ? 'node' : caller));
  }
  return names;
}

function packageOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string | null {
  const [, module] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (module !== undefined) return module;
  const [, room] = /\/dist\/src\/(\w+)/.exec(url) ?? [];
  if (room !== undefined) return `product: ${room}`;
  // Such as the collector, which nobody calls.
  return functionName.startsWith('(') ? functionName : null;
}
