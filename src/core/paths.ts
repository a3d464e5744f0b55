import { fileURLToPath } from 'node:url';

/** The project's root folder, seen from where the compiler puts this file (dist/src/core). */
export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));
