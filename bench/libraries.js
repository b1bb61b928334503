/**
 * The libraries whose throughput is measured: real ones of many modules, copied as ES module sources into an application,
 * so that every one of their modules is hot. Never changes a source except by the revision that a figure asks for.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rollup/parseAst';
import { followEntry } from './generate.js';
import { project } from './measure.js';

const modulesDir = realpathSync(join(project, 'node_modules'));

/** Entry of each library's ES module build, below node_modules. */
export const libraries = {
  micromark: 'micromark/index.js',
  three: 'three/src/Three.Core.js',
  rxjs: 'rxjs/dist/esm/index.js',
  'date-fns': 'date-fns/index.js',
};

/** Another text, the same behaviour; exported, so that no bundler drops it. */
const revise = (text, index, changed) => (changed ? `${text}\nexport const relupRevision${index} = 2;\n` : text);

/** A relative request may lack its extension (rxjs), a bare one is asked of Node. */
function resolveRequest(request, importer) {
  // Node's condition of tslib is a wrapper around CommonJS.
  if (request === 'tslib') return join(modulesDir, 'tslib/tslib.es6.mjs');
  if (!request.startsWith('.')) return fileURLToPath(import.meta.resolve(request));
  const path = join(dirname(importer), request);
  const found = [path, `${path}.js`, join(path, 'index.js')].find(file => existsSync(file) && statSync(file).isFile());
  if (!found) throw new Error(`${relative(modulesDir, importer)} requests ${request}, which is not there.`);
  return found;
}

/**
 * Copy a library and all that it imports into `dir/src`, the workload that drives it, and an entry.
 * Shape: answers the entry and the number of modules. `change(index)` true: that module gets another text. `follow`: the
 * entry also exports what follows a store.
 */
export function writeLibrary(dir, name, { change = () => false, follow = false } = {}) {
  const files = new Map();
  const target = file => join(dir, 'src', 'lib', relative(modulesDir, file));
  const wanted = [join(modulesDir, libraries[name])];
  for (const file of wanted) {
    if (files.has(file)) continue;
    let text = readFileSync(file, 'utf8');
    for (const { source } of parseAst(text).body.filter(node => node.source).reverse()) {
      const resolved = resolveRequest(source.value, file);
      wanted.push(resolved);
      const path = relative(dirname(target(file)), target(resolved)).replaceAll('\\', '/');
      text = `${text.slice(0, source.start)}'${path.startsWith('.') ? path : `./${path}`}'${text.slice(source.end)}`;
    }
    files.set(file, text);
  }
  let index = 0;
  for (const [file, text] of files) {
    mkdirSync(dirname(target(file)), { recursive: true });
    writeFileSync(target(file), revise(text, index, change(index++)));
  }
  if (files.size < 10) throw new Error(`${name} has ${files.size} modules only.`);
  const workload = readFileSync(new URL(`workloads/${name}.js`, import.meta.url), 'utf8').replace(`'${name}'`, `'./lib/${libraries[name]}'`);
  writeFileSync(join(dir, 'src', 'workload.js'), revise(workload, index, change(index)));
  // An entry never changes.
  writeFileSync(join(dir, 'src', 'main.js'), `import { work as run } from './workload.js';\nexport function work() { return run() }\n${follow ? followEntry : ''}`);
  return { entry: join(dir, 'src', 'main.js'), modules: files.size + 2 };
}
