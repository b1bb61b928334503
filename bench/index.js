/**
 * Runs the figures of this folder (all, or those named on the command line), prints one table and writes results.json.
 * Every number is a ratio or a median of one run on one machine; results.json never holds paths or host names.
 *
 *   npm run bench [-- throughput size ...]
 *   npm run bench:dev [-- dev-save ...]
 *   npm run bench:page
 */
import { show } from './measure.js';
import { devFigures, figures, pageFigures, reached, writeResults } from './results.js';

const names = process.argv.includes('--dev') ? devFigures : process.argv.includes('--page') ? pageFigures : figures;
const wanted = process.argv.slice(2).filter(name => !name.startsWith('-'));
const unknown = wanted.filter(name => !names.includes(name));
if (unknown.length) {
  console.error(`No figure is named ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(2);
}

const rows = [];
for (const name of names.filter(name => !wanted.length || wanted.includes(name))) {
  const started = performance.now();
  process.stderr.write(`${name} ...\n`);
  try {
    const { run } = await import(`./${name}.js`);
    for (const row of await run()) rows.push({ figure: name, ...row });
  } catch (error) {
    // A figure that cannot be measured is shown as such; the others still count.
    rows.push({ figure: name, case: 'not measured', value: null, unit: '', need: null, note: String(error?.message ?? error).split('\n').slice(0, 6).join(' ').slice(0, 300) });
  }
  process.stderr.write(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
}

const table = rows.map(row => {
  const answer = reached(row);
  return [
    row.figure, row.case, row.value === null ? '-' : `${show(row.value)} ${row.unit}`.trim(),
    row.need ? `${row.need[0]} ${row.need[1]}` : '', answer === null ? '' : answer ? 'yes' : 'NO', row.note ?? '',
  ];
});
const head = ['figure', 'case', 'measured', 'must', 'reached', 'note'];
const widths = head.map((title, column) => Math.max(title.length, ...table.map(cells => cells[column].length)));
const line = cells => cells.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd();
console.log([line(head), line(widths.map(width => '-'.repeat(width))), ...table.map(line)].join('\n'));

writeResults(rows);
process.exitCode = rows.some(row => row.value === null) ? 1 : 0;
