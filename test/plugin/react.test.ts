/**
 * The rewrite of React components: input form -> emitted form, and signatures of hooks.
 */
import { describe, expect, test } from '@jest/globals';
import { rewriteReact } from '../../plugin/react.js';
import { adaptersOf } from '../../plugin/adapters.js';

const jsx = 'import { jsx } from "react/jsx-runtime"; ';
const opening = 'import { react as $react } from "relup/react"; ';
const owning = `${opening}const $own = /* @__PURE__ */ $react.module("src/a.jsx"); `;

/** The emitted form without what stands in front of it. */
function rewrite(text: string, head = jsx): string {
  const code = rewriteReact(head + text, 'src/a.jsx')?.code ?? '';
  return code.replace(owning, '').replace(opening, '').replace(head, '');
}

describe('components', () => {
  test.each([
    ['an exported function', 'export function Cart({ n }) { return jsx("b", {}); }',
      'function $Cart({ n }) { return jsx("b", {}); } export function Cart(props) { return $react.render(Cart, $Cart, props, void 0); }'],
    ['a default one', 'export default function Cart(props) { return jsx("b", {}); }',
      'function $Cart(props) { return jsx("b", {}); } export default function Cart(props) { return $react.render(Cart, $Cart, props, void 0); }'],
    ['without a name', 'export default function () { return jsx("b", {}); }',
      'function $Default () { return jsx("b", {}); } export default function $DefaultExport() { return $react.render($DefaultExport, $Default, {}, void 0); }'],
    ['an arrow function by default', 'export default (props) => jsx("b", {});',
      'const $Default = (props) => jsx("b", {}); const $DefaultExport = (props) => $react.render($DefaultExport, $Default, props, void 0); export { $DefaultExport as default };'],
    ['a constant', 'export const Cart = (props) => jsx("b", {}), rate = 1;',
      'const $Cart = (props) => jsx("b", {}), Cart = (props) => $react.render(Cart, $Cart, props, void 0), rate = 1; export { Cart, rate };'],
    ['exported in another place', 'function Cart(props) { return jsx("b", {}); } export default Cart;',
      'function $Cart(props) { return jsx("b", {}); } function Cart(props) { return $react.render(Cart, $Cart, props, void 0); } export { Cart as default };'],
    ['with a ref', 'export function Cart(props, ref) { return jsx("b", {}); }',
      'function $Cart(props, ref) { return jsx("b", {}); } export function Cart(props, ref) { return $react.render(Cart, $Cart, props, ref); }'],
    ['with hooks', 'import { useState } from "react"; export function Cart(props) { const [n, set] = useState(0); return jsx("b", {}); }',
      'import { useState } from "react"; function $Cart(props) { const [n, set] = useState(0); return jsx("b", {}); } export function Cart(props) { return $react.render(Cart, $Cart, props, void 0, "useState{[n, set]}"); }'],
    ['that nobody exports', 'function Row(props) { return jsx("b", {}); }', 'const Row = /* @__PURE__ */ $own.component("Row", $Row); function $Row(props) { return jsx("b", {}); }'],
    ['a constant that nobody exports', 'const Row = () => jsx("b", {});', 'const Row = /* @__PURE__ */ $own.component("Row", () => jsx("b", {}));'],
    ['a static one', 'Cart.Row = (props) => jsx("b", {});', 'Cart.Row = /* @__PURE__ */ $own.component("Cart.Row", (props) => jsx("b", {}));'],
    ['a class', 'import { Component } from "react"; class Cart extends Component { render() { return jsx("b", {}); } }',
      'import { Component } from "react"; class Cart extends Component { render() { return $react.renderClass(this, () => { return jsx("b", {}); }); } }'],
  ])('%s', (_, before, after) => {
    expect(rewrite(before)).toBe(after);
  });

  test('wrapped ones are kept for as long as they are wrapped in the same way', () => {
    const head = 'import { memo, forwardRef, lazy } from "react"; import { jsx } from "react/jsx-runtime"; ';
    const row = rewrite('export const Row = memo((props) => jsx("b", {}));', head);
    expect(row).toMatch(/^export const Row = \/\* @__PURE__ \*\/ \$react\.kept\("src\/a\.jsx#Row [0-9a-f]{8}", \/\* @__PURE__ \*\/ memo\(\/\* @__PURE__ \*\/ \$own\.component\("Row", \(props\) => jsx\("b", \{\}\)\)\)\);$/);
    const key = (text: string): string => /#\w+ ([0-9a-f]{8})/.exec(rewrite(text, head))?.[1] ?? '';
    expect(key('const Row = memo((props) => jsx("i", {}));')).toBe(key('const Row = memo((props) => jsx("b", {}));'));
    expect(key('const Row = memo((props) => jsx("b", {}), same);')).not.toBe(key('const Row = memo((props) => jsx("b", {}));'));
    expect(rewrite('export default memo(forwardRef((props, ref) => jsx("b", { ref })));', head)).toMatch(/^export default .* memo\(.* forwardRef\(.* \$own\.component\("default", \(props, ref\) => jsx\("b", \{ ref \}\)\)\)\)\);$/);
    expect(rewrite('const Page = lazy(() => import("./Page.jsx"));', head)).toMatch(/^const Page = .* lazy\(\(\) => import\("\.\/Page\.jsx"\)\)\);$/);
    expect(rewrite('import { Row } from "./Row.jsx"; export const Line = memo(Row);', head)).toMatch(/memo\(Row\), \[Row\]\);$/);
  });

  test.each([
    ['a function that makes no elements', 'export function Total(n) { return n * 2; }'],
    ['what is called as a function', 'export function Row(props) { return jsx("b", {}); } export const list = () => [Row({})];'],
    ['what is assigned again', 'export let Row = (props) => jsx("b", {}); Row = wrap(Row);'],
    ['what is asynchronous', 'export async function Row(props) { return jsx("b", {}); }'],
    ['a function with a small name', 'export function row(props) { return jsx("b", {}); }'],
    ['a component inside a function', 'export const make = () => { function Row() { return jsx("b", {}); } return Row; };'],
    ['a class that is not of React', 'class Cart extends Base { draw() { return jsx("b", {}); } }'],
  ])('left alone: %s', (_, text) => {
    expect(rewriteReact(jsx + text, 'src/a.jsx')).toBeNull();
  });

  test('names of the module are not taken', () => {
    expect(rewriteReact(`${jsx}const $react = 1, $Cart = 2; export function Cart(props) { return jsx("b", {}); }`, 'src/a.jsx')?.code).toContain('{ return $react_.render(Cart, $Cart_, props, void 0); }');
  });

  test('directives stay first, lines stay where they are', () => {
    const code = rewriteReact(`"use client";\n${jsx}\nexport function Cart(props) { return jsx("b", {}); }`, 'src/a.jsx')?.code.split('\n');
    expect(code?.[0]).toBe('"use client";');
    expect(code?.[2]).toMatch(/^function \$Cart/);
  });
});

/** The signature of a component with a body. */
function signature(body: string, more = ''): string | undefined {
  return /void 0(?:, (.*))?\); \}$/m.exec(rewrite(`export function Cart(props) { ${body} return jsx("b", {}); }`, `import React, { useState, useEffect, useContext } from "react"; import { useStep } from "./hooks.js"; import * as api from "./api.js"; ${more}${jsx}`))?.[1];
}

describe('signatures', () => {
  test.each([
    ['hooks and the names of what they answer', 'const [a, setA] = useState(0); useEffect(() => {});', '"useState{[a, setA]};useEffect{}"'],
    ['not initial values', 'const [a, setA] = useState(5);', '"useState{[a, setA]}"'],
    ['hooks of a namespace', 'const ref = React.useRef(null);', '"React.useRef{ref}"'],
    ['nothing of what keeps nothing', 'const a = useContext(Theme);', undefined],
    ['hooks of others, to be asked', 'const step = useStep(1); const all = api.useAll();', '"useStep{step};api.useAll{all}", () => [useStep, api.useAll]'],
    ['no hooks that are no names of the module', 'const a = props.useIt();', '"props.useIt{a}"'],
    ['nothing of functions inside', 'const f = () => { const g = useInner(); };', undefined],
    ['spaces do not matter', 'const [\n  a,\n  setA\n] = useState(0);', '"useState{[ a, setA ]}"'],
  ])('%s', (_, body, expected) => {
    expect(signature(body)).toBe(expected);
  });

  test('hooks that only the module knows are part of it', () => {
    expect(signature('const a = useLocal();', 'function useLocal() { const [x] = useState(useStep()); return x; } ')).toBe('"useLocal{a}(useState{[x]};useStep{})", () => [useStep]');
  });

  test.each([
    ['a function', 'export function useStep({ by: { much } }) { "use memo"; return useState(much); }', 'export function useStep({ by: { much } }) { "use memo"; if ($react.asks()) return $react.answer("useState{}"); return useState(much); }'],
    ['an expression', 'export const useStep = () => ({ a: useOther() });', 'export const useStep = () => $react.asks() ? $react.answer("useOther{}", () => [useOther]) : ({ a: useOther() });'],
    ['without hooks', 'export const useStep = () => 1;', 'export const useStep = () => $react.asks() ? $react.answer("") : 1;'],
    ['a default export says by its module that it answers', 'export default function useStep() { return useState(0); }', 'export default function useStep() { if ($own.asks()) return $own.answer("useState{}"); return useState(0); }'],
  ])('exported hooks answer: %s', (_, before, after) => {
    expect(rewrite(before, 'import { useState } from "react"; import { useOther } from "./other.js"; ')).toBe(after);
  });
});

describe('what React would keep', () => {
  const head = 'import { useEffect, useCallback, useMemo } from "react"; ';
  const added = (text: string): string[] => [...rewrite(text, head).matchAll(/\[([^\]]*)\]\)/g)].map(([, list]) => list ?? '');

  test('effects depend on their text, callbacks on that of their component, values on the release', () => {
    const text = (effect: string, rest: string): string => `export function useAll(id) { useEffect(() => { ${effect} }, []); const f = useCallback(() => id, [id]); return useMemo(() => f(), [f, ]) + ${rest}; }`;
    const [before, changed, other] = [added(text('a()', '1')), added(text('b()', '1')), added(text('a()', '2'))];
    expect(before.map((list) => list.replace(/"[0-9a-f]{8}"/, 'hash'))).toEqual(['hash', 'id, hash', 'f, $react.release()']);
    expect(changed[0]).not.toBe(before[0]);
    expect(other[0]).toBe(before[0]);
    expect(other[1]).not.toBe(before[1]);
  });

  test('what React Compiler keeps is of the release that made it', () => {
    expect(rewrite('export function f() { const $ = _c(4); return $; }', 'import { c as _c } from "react/compiler-runtime"; ' + jsx)).toBe('export function f() { const $ = $react.cache(_c, 4); return $; }');
  });

  test('what runs anyway, and hooks of others, are left alone', () => {
    expect(rewriteReact(`${head}import { useThing } from "./thing.js"; function run(list) { useEffect(() => {}); useEffect(() => {}, list); useThing(() => {}, []); }`, 'src/a.jsx')).toBeNull();
  });
});

test('where the root is made, the bundle holds all of React', () => {
  const head = `import { createRoot } from "react-dom/client"; ${jsx}`;
  expect(rewrite('createRoot(document.body).render(jsx("b", {}));', head)).toBe('import * as $all0 from "react"; import * as $all1 from "react-dom"; import * as $all2 from "react/jsx-runtime"; function $all() { return [$all0, $all1, $all2]; } createRoot(document.body).render(jsx("b", {}));');
});

describe('whether it is used', () => {
  test('by the official plugins for React', () => {
    const names = (...plugins: string[]): string[] => adaptersOf(plugins).map(({ name }) => name);
    expect(names('vite:react-babel', 'vite:css')).toContain('react');
    expect(names('vite:react-swc')).toContain('react');
    expect(names('vite:css')).not.toContain('react');
  });

  test('not in a module without anything of it', () => {
    expect(rewriteReact('export const price = (n) => n * 2;', 'src/price.js')).toBeNull();
  });
});
