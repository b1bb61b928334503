/** Source maps: every identifier that survives or is replaced maps to its line, column and name, in both forms. */
import { describe, expect, test } from '@jest/globals';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { parse } from '@babel/parser';
import vm from 'node:vm';
import { outlineModule } from '../../plugin/outline.js';
import { rewriteModule } from '../../plugin/rewrite.js';
import { createRuntime, defineModule } from '../../runtime/core.js';
import { start } from '../../runtime/evaluate.js';
import type { Dynamic, Factory, Link } from '../../runtime/protocol.js';

const source = `#!/usr/bin/env node
import { price as cost, fail } from './price.js'; import * as ns from './ns.js';
// a comment, 漢字
export let count = 0, other = () => cost, [first] = [cost];
export function total(amount) {
  count++;
  return cost(amount) + count * ns.rate + ns.tax(amount, { cost });
}
export default function () {
  const local = total(1), sum = local + cost(2);
  return [first, count] = [sum, await_(local)];
}
function await_(value) { return new cost(value)?.member }
const awaited = await total(count);
for await (const item of [awaited]) { if (item) total(item) }
class Cart extends ns.Base { static total = total; price() { return super.price(cost) } }
export { Cart as Basket };
if (false) { total(cost) }
cost = awaited;
`;

function rewrite(text: string) {
  const outline = outlineModule(text, { id: 'src/a.js' });
  const found = (specifier: string) => ({ hot: true, target: specifier.slice(2), specifier });
  return rewriteModule(text, outline, { id: 'src/a.js', requests: outline.requests.map(({ specifier }) => found(specifier)), dynamic: {}, sourceFile: 'src/a.js' });
}

const placeOf = (text: string, offset: number): { line: number; column: number } => {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length };
};

describe.each(['bundle', 'artifact'] as const)('%s', (form) => {
  const { code, map } = rewrite(source)[form];
  const trace = new TraceMap(map as unknown as ConstructorParameters<typeof TraceMap>[0]);

  test('every word of the factory that comes from the source maps to itself', () => {
    const from = code.indexOf('yield;\n');
    const tokens = (parse(code, { sourceType: 'module', tokens: true }).tokens ?? []) as { type: { label: string }; value: unknown; start: number }[];
    const lines = source.split('\n');
    let checked = 0;
    for (const { type, value, start: offset } of tokens) {
      const word = String(value);
      if (type.label !== 'name' || offset < from || offset > code.lastIndexOf('\n}\n') || !/^(?:count|other|total|amount|local|sum|await_|value|awaited|item|Cart|member)$/.test(word)) continue;
      // Written by relup, after the source's own: `$e.count = count`
      if (/\$x\.class\("Cart", \{ $|\}\.$|\$k\.$|\$e\.\w+ = $|\$e\.$|\$l1\.(?:\w\.)?$|set _\(\$t\) \{ [^}]*$/.test(code.slice(0, offset)) || code.slice(offset).startsWith('count = $t')) continue;
      const { line, column } = placeOf(code, offset);
      const { source: file, line: originalLine, column: originalColumn } = originalPositionFor(trace, { line, column });
      expect(file).toBe('src/a.js');
      const there = lines[(originalLine ?? 0) - 1]?.slice(originalColumn ?? 0) ?? '';
      expect([word, code.slice(offset - 20, offset + 10), there.slice(0, word.length)]).toEqual([word, expect.anything(), word]);
      checked++;
    }
    expect(checked).toBeGreaterThan(20);
  });

  test('replaced names map to their place and keep their names', () => {
    const expected: [emitted: string, original: string, name: string][] = [
      ['(0, $1.price)(amount)', 'cost(amount)', 'cost'], ['$2.rate', 'ns.rate', 'ns'], ['tax)(', 'tax(amount', 'tax'], ['cost: $h1.price }', 'cost })', 'cost'], ['(0, $1.price)(2)', 'cost(2)', 'cost'], ['$1.price(value)', 'cost(value)', 'cost'],
      ['$h1.price; $e.other', 'cost, [first]', 'cost'], ['$x.constant = awaited', 'cost = awaited', 'cost'], ['$h1.price) }', 'cost) }', 'cost'],
    ];
    for (const [emitted, original, name] of expected) {
      const at = code.indexOf(emitted);
      expect([emitted, at]).not.toEqual([emitted, -1]);
      const found = originalPositionFor(trace, placeOf(code, at));
      expect([emitted, found.line, found.column, found.name]).toEqual([emitted, ...Object.values(placeOf(source, source.indexOf(original))), name]);
    }
  });

  test('holds the source', () => {
    expect(map.sourcesContent).toEqual([source]);
    expect(map.sources).toEqual(['src/a.js']);
  });
});

test('a stack trace maps to the place that the engine itself would name', () => {
  const text = "import { fail } from './fail.js'; import * as ns from './fail.js';\nexport function a() {\n  return 1 + fail(1) }\nexport function b() {\n  return ns.fail(2); }\nexport function c() { return [fail\n (3)] }\nexport default function () { throw new Error('x') }\nexport let n = 0; export const d = () => (n++, fail(n));\nconst own = () => { fail(4) }; export { own };";
  const names = ['a', 'b', 'd', 'own', 'default'];
  const positions = (stack: string | undefined, file: string): string | undefined => new RegExp(`${file}:(\\d+:\\d+)`).exec(stack ?? '')?.[1];

  const { artifact } = rewrite(text);
  const runtime = createRuntime({ now: () => 0, schedule: () => {}, importCold: () => Promise.reject(new Error()) });
  const register = (id: string, link: Link, factory: Factory, dynamic: Dynamic): void =>
    void defineModule(runtime, id, link, factory, (link.r ?? []).map((target) => () => runtime.records.get(target) as never), dynamic, {});
  new vm.Script(`(function (__relup__) { ${artifact.code}\n})`, { filename: 'artifact.js' }).runInThisContext()(register);
  register('fail.js', { f: ['fail'] }, function* (exports) {
    exports.fail = () => { throw new Error('x') };
    yield;
  } as unknown as Factory, {});
  const record = runtime.records.get('src/a.js');
  if (!record) throw new Error('not registered');
  start((runtime.records.get('fail.js') as typeof record).current);
  start(record.current);

  // The same text as a script: imports become parameters, exports an object.
  const script = text.replace(/^import.*$/m, '(function (fail, ns) { const exported = {};').replace(/export default function \(\)/, 'exported.default = function () ').replace(/export (function|let|const) (\w+)/g, '$1 $2').replace('export { own };', 'return Object.assign(exported, { a, b, d, own }) })');
  const fail = (): never => { throw new Error('x') };
  const plain = new vm.Script(script, { filename: 'plain.js' }).runInThisContext()(fail, { fail }) as Record<string, () => void>;
  const trace = new TraceMap(artifact.map as unknown as ConstructorParameters<typeof TraceMap>[0]);
  const stackOf = (run: (() => void) | undefined): string | undefined => {
    try {
      run?.();
    } catch (error) {
      return (error as Error).stack;
    }
    throw new Error('It did not throw.');
  };
  let compared = 0;
  for (const name of names) {
    const [line, column] = (positions(stackOf(record.current.table[name] as () => void), 'artifact\\.js') ?? '').split(':').map(Number);
    const found = originalPositionFor(trace, { line: line ?? 0, column: (column ?? 0) - 1 });
    const wanted = positions(stackOf(plain[name]), 'plain\\.js')?.split(':').map(Number) ?? [];
    // Export keywords were cut from the script, on lines that no position below is on but the first column of declarations.
    const shift = name === 'd' ? 'export '.length * 2 : name === 'default' ? 'export default function ()'.length - 'exported.default = function () '.length : 0;
    expect([name, found.line, (found.column ?? 0) + 1]).toEqual([name, wanted[0], (wanted[1] ?? 0) + shift]);
    compared++;
  }
  expect(compared).toBe(names.length);
});
