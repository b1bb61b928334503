/**
 * The nine rows: four edits of a running program, and what it does after each. The same steps for every tool; a tool is a
 * program that runs, to which files are written. Never asks a tool what it did: only what the program sees counts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { answers, tickMs } from './program.js';

export const rows = [
  'a re-exported binding is new', 'its disposer ran', 'an imported function is new', 'two disposers: both ran',
  'a saved reference is new', 'a saved instance is `instanceof` the class', 'a method on it is new',
  'an edit that throws: old code serves, not disposed, its timer ticks once', 'the next good edit works',
];

/** Watchers may miss what is written right after they began, or twice within the accuracy of a file's time. */
const startMs = 1000;
const settleMs = 400;
const watchMs = 400;

/** Ask again until it fits or time is over; answers the last look. */
async function lookUntil(running, fits, limitMs) {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await running.look();
    if (fits(seen) || performance.now() > end) return seen;
    await delay(25);
  }
}

/** Ticks of each word within a while, as multiples of one timer's. */
async function watchTicks(running) {
  const start = performance.now();
  const { ticks: before } = await running.look();
  await delay(watchMs);
  const { ticks: after } = await running.look();
  const expected = (performance.now() - start) / tickMs;
  return Object.fromEntries(Object.keys(after).map(word => [word, (after[word] - (before[word] ?? 0)) / expected]));
}

/** One timer ticks, give or take what the machine takes, and it is the one of `word`. */
function ticksOnce(rates, word) {
  const others = Object.entries(rates).filter(([of]) => of !== word);
  return rates[word] > 0.25 && rates[word] < 1.5 && others.every(([, rate]) => rate === 0);
}

/**
 * Run the four edits. Shape: `running` is { look(), save(), late(), edit(files) }, all of them answering promises;
 * with `answersEdits`, `edit` waits for the tool and answers { outcome, refusals }; `program` is that of
 * program.js. `extended`: the second pass. Answers { rows: nine booleans, facts: what was seen after each edit }.
 */
export async function measureRows(running, program, { extended = false, patienceMs = 2000 } = {}) {
  const first = await lookUntil(running, seen => seen.ran.includes('lib one'), 10_000);
  if (first.v !== 'one' || first.fn !== 'one') throw new Error(`The program does not run: ${JSON.stringify(first)}`);
  await running.save();
  await delay(startMs);

  /** Write an edit, wait until its code ran (or began to, when it is broken) and things have settled. Nothing happens: save again, once. */
  const apply = async (file, text, mark) => {
    for (let saves = 0; saves < 2; saves++) {
      await running.edit({ [file]: text });
      const seen = await lookUntil(running, ({ ran }) => ran.includes(mark), patienceMs);
      if (running.answersEdits || seen.ran.includes(mark)) break;
    }
    await delay(settleMs);
    return running.look();
  };

  const edited = answers('two', extended);
  const afterLib = await apply('lib.js', program.lib('two', { extended }), 'lib two');
  const added = extended ? await running.late() : null;
  const afterC = await apply('c.js', program.c('two'), 'c two');

  const broken = program.lib('three', { extended, broken: extended ? 'end' : 'start' });
  const { afterBroken, tried } = await (async () => {
    if (!running.answersEdits) {
      const seen = await apply('lib.js', broken, 'lib three begins');
      return { afterBroken: seen, tried: seen.ran.includes('lib three begins') };
    }
    const { outcome, refusals } = await running.edit({ 'lib.js': broken });
    await delay(settleMs);
    return { afterBroken: await running.look(), tried: outcome === 'refused' && refusals.some(text => text.includes('lib three is broken')) };
  })();
  const rates = await watchTicks(running);

  const good = answers('four', extended);
  const afterGood = await apply('lib.js', program.lib('four', { extended }), 'lib four');

  const stopped = word => ['first', 'second'].map(which => `lib ${word}, ${which}`);
  const same = (a, b, names) => names.every(name => a[name] === b[name]);
  return {
    rows: [
      afterC.v === 'two',
      afterC.stopped.includes('c one'),
      afterLib.fn === edited.fn,
      stopped('one').every(name => afterLib.stopped.includes(name)),
      afterLib.reference === edited.fn,
      // True because the class is the old one everywhere is not what is asked.
      afterLib.instanceOf === true && afterLib.fresh === edited.fresh,
      afterLib.method === edited.method,
      // An edit that was never tried, or was refused for another reason, shows nothing.
      tried && same(afterBroken, afterC, ['v', 'fn', 'reference', 'instanceOf', 'method', 'fresh']) && !stopped('two').some(name => afterBroken.stopped.includes(name)) && ticksOnce(rates, 'two'),
      afterGood.ran.includes('lib four') && (afterGood.fn === good.fn || afterGood.given === good.fn),
    ],
    facts: { afterLib, added, afterC, tried, afterBroken, rates, afterGood },
  };
}
