/**
 * The nine rows, measured side by side with the peers' published packages. Prints a table and, when all tools ran, keeps the counts in
 * results.json.
 *
 *   npm run bench:peers [-- relup vite webpack dynohot] [--facts]
 *
 * A tool is driven in every way that its file lists (who accepts an update, where the program runs); the table shows the way that
 * reaches the most rows, and the others are named below it. `--facts` prints what the program saw.
 */
import { writeResults } from '../results.js';
import { measureRows, rows } from './rows.js';

const drivers = {
  vite: { files: ['vite-runner', 'vite-browser'], ways: 'variants' },
  'vite, copied by hand': { files: ['vite-runner', 'vite-browser'], ways: 'byHand' },
  webpack: { files: ['webpack'], ways: 'variants' },
  dynohot: { files: ['dynohot'], ways: 'variants' },
  relup: { files: ['relup'], ways: 'variants' },
};
const passes = [
  { label: 'bodies change', extended: false },
  { label: 'and an export, a method, a field with its hook and a binding are added', extended: true },
];
const limitMs = 60_000;

// Every program removes its folder at the end.
process.setMaxListeners(50);

const asked = process.argv.slice(2).filter(argument => !argument.startsWith('-'));
const facts = process.argv.includes('--facts');
const unknown = asked.filter(name => !drivers[name]);
if (unknown.length) {
  console.error(`No tool is named ${unknown.join(', ')}. There are: ${Object.keys(drivers).join(', ')}.`);
  process.exit(2);
}

const withLimit = (promise, what) => {
  let limit;
  return Promise.race([promise, new Promise((_, reject) => { limit = setTimeout(() => reject(new Error(`${what} took more than ${limitMs / 1000} s.`)), limitMs); })]).finally(() => clearTimeout(limit));
};

/** One program, from its start to its end. */
async function measure(driver, variant, accepts, extended) {
  const running = await withLimit(driver.start(accepts), `${driver.name}'s start`);
  try {
    const { rows: reached, facts: seen } = await withLimit(measureRows(running, running.program, { extended }), driver.name);
    if (facts) console.error(JSON.stringify({ tool: driver.name, how: driver.how, variant, extended, reached, outcomes: running.outcomes, seen }, null, 1));
    return { how: driver.how, variant, reached, version: running.version, count: reached.filter(Boolean).length };
  } finally {
    await running.stop();
  }
}

const results = [];
for (const tool of Object.keys(drivers).filter(name => !asked.length || asked.includes(name))) {
  for (const pass of passes) {
    const ways = [];
    for (const file of drivers[tool].files) {
      const driver = await import(`./${file}.js`);
      for (const [variant, accepts] of Object.entries(driver[drivers[tool].ways])) {
        const started = performance.now();
        try {
          ways.push(await measure(driver, variant, accepts, pass.extended));
        } catch (error) {
          ways.push({ how: driver.how, variant, reached: null, count: -1, problem: String(error?.message ?? error).replace(/(?:file:\/\/)?(?:\/[^\s/:)]+){2,}/g, '(path)').split('\n').slice(0, 3).join(' ').slice(0, 300) });
        }
        const { count, problem } = ways.at(-1);
        process.stderr.write(`${tool}, ${driver.how}, ${variant}, ${pass.label}: ${problem ?? `${count} of 9`} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
      }
    }
    const best = ways.reduce((most, way) => (way.count > most.count ? way : most));
    results.push({ tool, pass, ways, best });
  }
}

const label = (tool, { version }) => tool.replace(/^\w+/, word => `${word} ${version ?? '(not measured)'}`);
for (const pass of passes) {
  const columns = results.filter(result => result.pass === pass);
  const cells = (first, each) => `| ${[first, ...columns.map(each)].join(' | ')} |`;
  console.log(`\n${pass === passes[0] ? 'First' : 'Second'} pass: ${pass.label}.\n`);
  console.log(cells('', ({ tool, best }) => label(tool, best)));
  console.log(cells('---', () => '---'));
  rows.forEach((row, index) => console.log(cells(`${index + 1}. ${row}`, ({ best }) => (best.reached ? (best.reached[index] ? 'yes' : 'no') : '-'))));
  console.log(cells('of 9', ({ best }) => (best.reached ? `**${best.count}**` : '-')));
}
console.log('\nHow each was driven, per pass; the table shows the first of the ways that reach most:\n');
for (const { tool, pass, ways } of results) {
  for (const { how, variant, count, problem } of ways) console.log(`* ${tool}, ${how}, ${variant} (${passes.indexOf(pass) + 1}): ${problem ? `not measured: ${problem}` : `${count} of 9`}`);
}

// A run of some tools keeps nothing: the rows stand side by side or not at all.
if (!asked.length) writeResults(results.map(({ tool, pass, ways, best }) => ({
  figure: 'peers', case: `${label(tool, best)}, pass ${passes.indexOf(pass) + 1}`, value: best.reached ? best.count : null, unit: 'of 9', need: tool === 'relup' ? ['>=', 9] : null,
  note: best.reached ? `${best.how}, ${best.variant}; rows ${best.reached.flatMap((yes, index) => (yes ? [index + 1] : [])).join(', ') || 'none'}${ways.length > 1 ? `; other ways: ${ways.filter(way => way !== best).map(way => Math.max(way.count, 0)).join(', ')}` : ''}` : best.problem,
})));
process.exitCode = results.some(({ best }) => !best.reached) ? 1 : 0;
