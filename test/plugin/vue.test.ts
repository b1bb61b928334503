/**
 * What the adapter of Vue writes: input forms as @vitejs/plugin-vue and people write them, and what becomes of them.
 */
import { describe, expect, test } from '@jest/globals';
import { relup } from '../../plugin/vite.js';
import { vueAdapter } from '../../plugin/vue.js';

const rewrite = (code: string, id = 'src/Counter.vue', source: string | null = null): string | null => vueAdapter.rewrite(code, id, () => source)?.code ?? null;

const sfc = ({ script = 'const _sfc_main = { __name: "Counter" };', render = 'return _createElementVNode("p", null, "one");', parts = `[['render',_sfc_render],['__scopeId',"data-v-1"],['__file',"Counter.vue"]]` } = {}): string => `${script}
import { createElementVNode as _createElementVNode } from "vue"
const _hoisted_1 = { class: "a" };
function _sfc_render(_ctx, _cache) { ${render} }
import "/src/Counter.vue?vue&type=style&index=0&lang.css"
import _export_sfc from '\0plugin-vue:export-helper'
export default /*#__PURE__*/_export_sfc(_sfc_main, ${parts})`;

const scriptOf = (code: string | null): string => /, "([0-9a-f]{16})"\);?$/m.exec(code ?? '')?.[1] ?? '';

describe('single-file components', () => {
  test('export a permanent object; the name of the file is left out', () => {
    const code = rewrite(sfc());
    expect(code).toMatch(/^export default \/\*#__PURE__\*\/\/\*#__PURE__\*\/ __relup__component\("src\/Counter\.vue", \/\*#__PURE__\*\/ __relup__definition\(_sfc_main, \[\['render',_sfc_render\],\['__scopeId',"data-v-1"\]\]\), "[0-9a-f]{16}"\)$/m);
    expect(code).toMatch(/^import \{ component as __relup__component, definition as __relup__definition \} from "relup\/vue";$/m);
  });

  test('without parts are what the script made', () => {
    expect(rewrite('const _sfc_main = {};\nexport default _sfc_main')).toMatch(/export default \/\*#__PURE__\*\/ __relup__component\("src\/Counter\.vue", \/\*#__PURE__\*\/ _sfc_main, "[0-9a-f]{16}"\)/);
    expect(rewrite(sfc({ parts: `[['__file',"Counter.vue"]]` }))).toContain('__relup__definition(_sfc_main, [])');
  });

  test('have the same script for another template or style, and another one for another script', () => {
    const script = scriptOf(rewrite(sfc()));
    expect(script).not.toBe('');
    expect(scriptOf(rewrite(sfc({ render: 'return _createElementVNode("b", null, "two");' })))).toBe(script);
    expect(scriptOf(rewrite(sfc().replace('index=0', 'index=1')))).toBe(script);
    expect(scriptOf(rewrite(sfc({ script: 'const RATE = 3; const _sfc_main = { __name: "Counter" };' })))).not.toBe(script);
  });

  test('in TypeScript go by the blocks of their file: the script is a module of its own', () => {
    const main = sfc({ script: 'import _sfc_main from "/src/Counter.vue?vue&type=script&setup=true&lang.ts"' });
    const file = (script: string, template: string): string => `<script setup lang="ts">${script}</script><template>${template}</template>`;
    const script = scriptOf(rewrite(main, undefined, file('const a = 1', 'one')));
    expect(scriptOf(rewrite(main, undefined, file('const a = 1', 'two')))).toBe(script);
    expect(scriptOf(rewrite(main, undefined, file('const a = 2', 'one')))).not.toBe(script);
    const part = rewrite(`import { defineComponent as _defineComponent, ref } from "vue";\nexport default _defineComponent({ setup() { const count = ref(0); return { count }; } });`, 'src/Counter.vue?vue&type=script&setup=true&lang.ts');
    expect(part).toContain('const count = __relup__kept("src/Counter.vue#setup.count", "ref number", () => ref(0));');
    expect(part).not.toContain('component(');
  });

  test('styles, templates and plain modules stay as they are', () => {
    expect(rewrite('.a { color: red }', 'src/Counter.vue?vue&type=style&index=0&lang.css')).toBeNull();
    expect(rewrite('export const a = 1;', 'src/a.js')).toBeNull();
    expect(rewrite(`import { watch } from 'vue'; watch(a, b);`, 'src/a.js')).toBeNull();
  });
});

describe('components in plain modules', () => {
  test('made by defineComponent are permanent', () => {
    const code = rewrite(`import { defineComponent, h } from 'vue';\nexport const Card = defineComponent({ render: () => h('p') }), other = 1;\nexport default defineComponent(() => () => h('b'));`, 'src/cards.js');
    expect(code).toContain('export const Card = /*#__PURE__*/ __relup__component("src/cards.js#Card", /*#__PURE__*/ defineComponent({');
    expect(code).toContain('export default /*#__PURE__*/ __relup__component("src/cards.js", /*#__PURE__*/ defineComponent(');
  });

  test('defineComponent of somebody else is not', () => {
    expect(rewrite(`import { ref } from 'vue'; import { defineComponent } from './own.js'; export const Card = defineComponent({});`, 'src/cards.js')).toBeNull();
  });
});

describe('state', () => {
  const kept = (declared: string): string => /kept\("[^"]*", "([^"]*)"/.exec(rewrite(`import { ref, reactive, shallowRef } from 'vue'; function useIt() { ${declared} }`, 'src/it.js') ?? '')?.[1] ?? 'none';

  test.each([
    ['const a = ref(1);', 'ref number'],
    ['const a = ref(-1);', 'ref number'],
    ['let a = ref("x");', 'ref string'],
    ['const a = ref();', 'ref undefined'],
    ['const a = ref(null);', 'ref ?'],
    ['const a = ref([]);', 'ref array'],
    ['const a = shallowRef(new Map());', 'shallowRef new Map'],
    ['const a = reactive({ b: { c: "" }, a: true });', 'reactive {a: boolean, b: {c: string}}'],
    ['const a = ref(make());', 'ref ?'],
    ['const { a } = ref(1);', 'none'],
    ['if (x) { const a = ref(1); }', 'none'],
    ['const a = [ref(1)];', 'none'],
  ])('%s has the shape %s', (declared, shape) => expect(kept(declared)).toBe(shape));

  test('is that of setup functions and composables, not of any function', () => {
    expect(rewrite(`import { ref } from 'vue'; export const make = () => { const a = ref(0); return a; };`, 'src/it.js')).toBeNull();
    expect(rewrite(`import { ref as r } from 'vue'; export const useIt = () => { const a = r(0); return a; };`, 'src/it.js')).toContain('kept("src/it.js#useIt.a", "ref number", () => r(0))');
  });

  test('computed values depend on the code of their module', () => {
    expect(rewrite(`import { computed } from 'vue'; export const total = computed(() => 1);`, 'src/it.js')).toContain('export const total = __relup__computed("src/it.js", () => 1);');
  });

  test('static markup has its text as its key', () => {
    expect(rewrite(sfc({ render: 'return _createStaticVNode("<p>", 1);' }).replace('createElementVNode as _createElementVNode', 'createStaticVNode as _createStaticVNode'))).toContain('return __relup__createStaticVNode("<p>", 1);');
  });
});

test('the module that makes the application holds what later releases may need', () => {
  const code = rewrite(`import { createApp } from 'vue'; createApp({}).mount('#app');`, 'src/main.js');
  expect(code).toContain('vShow as __relup__');
  expect(code).toMatch(/void \[__relup__0, __relup__1, /);
});

test('plugin-vue separates templates, and ids of styles go by path; what the user chose stays', () => {
  const plugin = (features: object): { name: string; api: { options: Record<string, unknown> } } => ({ name: 'vite:vue', api: { options: { features, other: 1 } } });
  const client = plugin({});
  vueAdapter.configure?.([client], false);
  expect(client.api.options).toEqual({ features: { componentIdGenerator: 'filepath' }, devToolsEnabled: true, other: 1 });
  const server = plugin({ componentIdGenerator: 'filepath-source' });
  vueAdapter.configure?.([server], true);
  expect(server.api.options).toEqual({ features: { componentIdGenerator: 'filepath-source' }, other: 1 });
  vueAdapter.configure?.([], false);
  expect([vueAdapter.isUsed(['vite:vue']), vueAdapter.isUsed(['vite:vue-jsx'])]).toEqual([true, false]);
});

test('the option "components" leaves all adapters out', () => {
  expect([{}, { components: false }].map((options) => relup(options).some(({ name }) => name === 'relup:frameworks'))).toEqual([true, false]);
});
