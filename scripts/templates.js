// Makes dist/templates.cjs: every template of views/ as the function that Handlebars makes of it. It reads
// how from dist/src, which the compiler has made.
import Handlebars from 'handlebars';
import { renameSync, writeFileSync } from 'node:fs';
import { BUILT, OPTIONS, readSources } from '../dist/src/core/views/compiling.js';

const entries = readSources().map(([name, source]) => {
  // Its types have the object that the text describes.
  const text = /** @type {unknown} */ (Handlebars.precompile(source, OPTIONS));
  return `${JSON.stringify(name)}: ${/** @type {string} */ (text)}`;
});
// In one step, since an application may be reading it.
const fresh = `${BUILT}-${process.pid}`;
writeFileSync(fresh, `module.exports = {\n${entries.join(',\n')}\n};\n`);
renameSync(fresh, BUILT);
