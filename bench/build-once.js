/** Child process: one build, timed without the start of Node and the loading of the bundler, which are the same for all. */
import { buildWithRollup, buildWithVite } from './build.js';

const { bundler, ...options } = JSON.parse(process.argv[2]);
await import(bundler);
const start = performance.now();
await (bundler === 'rollup' ? buildWithRollup(options) : buildWithVite({ ...options, ssr: true }));
console.log(JSON.stringify({ ms: performance.now() - start }));
process.exit(0);
