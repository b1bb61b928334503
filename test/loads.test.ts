/**
 * Every form in which a module reads another one while it loads, and every form of only holding something, once each: what the plan
 * misses shows as a difference from a fresh start. The random programs (random.test.ts) mix them.
 */
import { describe, expect, test } from '@jest/globals';
import { boot, type Sources } from './application.js';
import { forms, holdForms, holdings, missed, type LoadForm } from './programs-loads.js';

/** The plan cannot tell that they are free of side effects. */
const careful: readonly LoadForm[] = ['chosen', 'register'];

const target = { K: 1, factor: 10, label: 100 };
type Target = typeof target;

const library = ({ K, factor, label }: Target): string => `export const K = ${K};
export function make() { return ${factor}; }
export function* several() { yield make(); }
export const relay = (f) => f();
export const keep = (f) => ({ kept: f });
export const mix = (Base) => class extends Base { mixed() { return ${label}; } };
export class C { m0(x) { return ['C', ${label}, x]; } m${label}() {} static kind() { return 'C ${label}'; } }`;

const reads = { K: 'K', make: 'make', several: 'several', relay: 'relay', keep: 'keep', mix: 'mix', space: 'space', C: 'C' };

const program = (form: LoadForm, to: Target): Sources => {
  const [declarations, value] = forms[form](reads, '0');
  return {
    'main.js': `import { loaded } from './m.js'; export const get = () => loaded();`,
    'm.js': `import { K, make, several, relay, keep, mix, C } from './lib.js'; import * as space from './lib.js';\n${declarations}\nexport const loaded = () => ${value};`,
    'lib.js': library(to),
  };
};

const answer = async (sources: Sources): Promise<unknown> => (await boot(sources)).module<{ get(): unknown }>('main.js').get();

describe('what is read at load', () => {
  const check = async (form: LoadForm): Promise<void> => {
    for (const change of Object.keys(target) as (keyof Target)[]) {
      const next = program(form, { ...target, [change]: target[change] + 1 });
      const app = await boot(program(form, target));
      const { outcome, refusals } = await app.upgrade(next, { onStale: 'reevaluate' });
      // What the plan cannot follow is refused, and nothing is missed.
      if (careful.includes(form) && refusals[0]?.code === 'STALE') continue;
      expect([change, outcome, refusals]).toEqual([change, 'committed', []]);
      expect([change, app.module<{ get(): unknown }>('main.js').get()]).toEqual([change, await answer(next)]);
    }
  };
  test.each((Object.keys(forms) as LoadForm[]).filter((form) => !missed.includes(form)))('%s', check);
  test.failing.each([...missed])('%s', check);
});

describe('what is only held makes nothing stale', () => {
  test.each(holdForms)('%s', async (form) => {
    for (const name of ['make', 'relay', 'C']) {
      const [declarations, value] = holdings[form](name, '0');
      const sources = (to: Target): Sources => ({
        'main.js': `import { held } from './m.js'; export const get = () => held();`,
        'm.js': `import { ${name} } from './lib.js';\n${declarations}\nexport const held = () => ${value};`,
        'lib.js': library(to),
      });
      const app = await boot(sources(target));
      const get = (): unknown => app.module<{ get(): unknown }>('main.js').get();
      const saved = get();
      const { outcome, refusals, plan } = await app.upgrade(sources({ K: 2, factor: 20, label: 200 }));
      expect([name, outcome, refusals, plan?.modules]).toEqual([name, 'committed', [], { 'lib.js': 'changed' }]);
      expect([name, get() === saved]).toEqual([name, true]);
    }
  });
});
