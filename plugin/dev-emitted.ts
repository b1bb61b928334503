/**
 * What is amended in code that Vite and the plugins of frameworks emit, so that it lives with upgrades in place. Goes by the text
 * that they are known to emit; must never change anything else.
 */

/** A style sheet's module puts it into the page when it runs; as an effect it does so in the commit, and once. */
const styleCall = /^__vite__updateStyle\(__vite__id, __vite__css\)/m;
const styleEffect = 'import { effect as __relup__effect } from "relup";';

/** Hooks without a component beside them: plugin-react marks them, but leaves it to nobody to note that one calls other hooks. */
const signatureCall = /\$RefreshSig\$\(/;
const signing = `import { createSignatureFunctionForTransform as __relup__sign } from "/@react-refresh";
function $RefreshSig$() { return __relup__sign(); }`;

const vueAccept = `import.meta.hot.accept(mod => {
  if (!mod) return
  const { default: updated, _rerender_only } = mod
  if (_rerender_only) {`;
const vueDefault = /^export default (.+)$/m;

export function amendEmitted(text: string): string {
  if (styleCall.test(text)) return `${text.replace(styleCall, (call) => `__relup__effect(() => { ${call} });`)}\n${styleEffect}`;
  if (text.includes(vueAccept) && vueDefault.test(text)) return amendVue(text);
  if (signatureCall.test(text) && !text.includes('function $RefreshSig$(')) return `${text}\n${signing}`;
  return text;
}

/**
 * Vue's runtime changes the first definition of a component into what comes, and remounts what is made of another one. So that one
 * is what the module exports for ever; newer ones go to that runtime only. A component that itself did not change is evaluated
 * again because of what it imports: it reads that through tables, so rendering it again is enough, and nothing of its state is lost.
 */
const amendVue = (text: string): string =>
  text
    .replace(vueAccept, `import.meta.hot.accept((mod, __relup__decision) => {
  if (!mod) return
  const { __relup__component: updated, _rerender_only } = mod
  if (_rerender_only || __relup__decision === "refreshed") {`)
    .replace(vueDefault, (_, component: string) => `export const __relup__component = ${component.replace(/;$/, '')};\nexport default import.meta.hot.data.component ??= __relup__component;`);
