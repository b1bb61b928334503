/**
 * What the adapter of Svelte writes: forms as Svelte's compiler emits them, and what becomes of them.
 */
import { describe, expect, test } from '@jest/globals';
import { svelteAdapter } from '../../plugin/svelte.js';

const rewrite = (code: string, id = 'src/Counter.svelte'): string | null => svelteAdapter.rewrite(code, id, () => null)?.code ?? null;

const component = (body: string, params = '$$anchor, $$props'): string => `import * as $ from 'svelte/internal/client';\nexport default function Counter(${params}) {\n${body}\n}\n$.delegate(['click']);`;

describe('a component', () => {
  test('is a permanent function', () => {
    expect(rewrite(component('$.append($$anchor, root());', '$$anchor'))).toBe(`import * as $ from 'svelte/internal/client';
function Counter($$anchor) {
$.append($$anchor, root());
}
$.delegate(['click']);
import { component as __relup__component } from "relup/svelte";
export default /*#__PURE__*/ __relup__component("src/Counter.svelte", Counter);
`);
  });

  test.each([
    ['let count = $.state(0);', 'let count = __relup__kept("count", "state number", () => $.state(0));'],
    ['let form = $.proxy({ name: "", tags: [] });', 'let form = __relup__kept("form", "proxy {name: string, tags: array}", () => $.proxy({ name: "", tags: [] }));'],
    ['let form = $.state($.proxy([]));', 'let form = __relup__kept("form", "state array", () => $.state($.proxy([])));'],
    ['let raw = $.state(make());', 'let raw = __relup__kept("raw", "state ?", () => $.state(make()));'],
  ])('goes on with its state: %s', (before, after) => expect(rewrite(component(before))).toContain(after));

  test.each(['let twice = $.derived(() => 1);', 'let start = $.prop($$props, "start", 3, 3);', 'let other = state(0);', 'if (a) { let n = $.state(0); }'])('makes anew what is no state of its own: %s', (body) => {
    const code = rewrite(component(body));
    expect(code).toContain(body);
    expect(code).not.toContain('kept');
  });
});

test('other modules stay as they are; the one that mounts holds what later releases may need', () => {
  expect(rewrite('export const a = 1;', 'src/a.js')).toBeNull();
  expect(rewrite(`import { onMount } from 'svelte'; export const f = () => onMount(g);`, 'src/a.js')).toBeNull();
  expect(rewrite('.a { color: red }', 'src/Counter.svelte?svelte&type=style&lang.css')).toBeNull();
  const code = rewrite(`import { mount } from 'svelte'; mount(App, { target });`, 'src/main.js');
  expect(code).toContain('if as __relup__');
  expect(code).toMatch(/void \[__relup__0, __relup__1, /);
  expect([svelteAdapter.isUsed(['vite-plugin-svelte:compile']), svelteAdapter.isUsed(['vite:vue'])]).toEqual([true, false]);
});
