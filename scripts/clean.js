// Removes what the compiler wrote, so that a deleted test cannot go on running.
import { rmSync } from 'node:fs';

for (const folder of ['dist', 'embedded-mongodb/dist', 'stub-provider/dist']) {
  rmSync(new URL(`../${folder}`, import.meta.url), { recursive: true, force: true });
}
