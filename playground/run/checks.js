/** What has to hold after a run, each as a sentence. Pure: what was seen goes in, verdicts come out. */

/** Nothing fails while releases come and go; only the fifth harms anybody, and only where it is broken. */
export function checkReleases(steps, phases) {
  const checks = steps.map(({ name, expected, type, outcome }) => check(`${name} is ${expected}`, type === expected, outcome));
  const codes = name => steps.find(step => step.name === name)?.refusals.map(({ code }) => code) ?? [];
  checks.push(
    check('4 is refused for its timer and its counter', includesAll(codes('-> 4'), ['EFFECT_AT_LOAD', 'STATE_UNDECLARED']), codes('-> 4').join()),
    check('4b is refused for its missing export', codes('-> 4b').some(code => ['MISSING_EXPORT', 'EXPORT_REMOVED'].includes(code)), codes('-> 4b').join()),
  );
  for (const { name, failed, failures } of phases.values()) {
    if (name === '-> 5') continue;
    checks.push(check(`no request fails: ${name}`, failed === 0, `${failed} failed: ${Object.keys(failures).join(', ')}`));
  }
  const fifth = phases.get('-> 5');
  checks.push(
    check('only quotes and orders fail on 5', Object.keys(fifth.failures).every(reason => /^500 (GET \/my\/quote|POST \/my\/orders)$/.test(reason)),
      Object.keys(fifth.failures).join(', ')),
    check('the load notices that 5 is broken', fifth.failed > 0, `${fifth.failed} failed`),
  );
  return checks;
}

/** Everything that lived in memory when the first release started is there after the last one. */
export function checkState(seen, metrics, { pid }) {
  const equal = (name, found, expected) => check(name, found === expected, `${found}, expected ${expected}`);
  const lost = seen.phases.reduce((total, { socketsLost }) => total + socketsLost, 0);
  return [
    equal('the process is the same', metrics.process, pid),
    equal('no socket was lost', lost, 0),
    equal('every session is kept', metrics.sessions.open, seen.customers),
    equal('nobody had to sign in twice', metrics.sessions.opened, seen.customers),
    equal('every line of every cart is kept', metrics.carts.lines, seen.cartLines),
    equal('every change of a cart was counted', metrics.carts.changes, seen.cartChanges),
    equal('order numbers have no gap', metrics.lastOrder, seen.orders),
    equal('background work shipped every order', metrics.revenue.orders, seen.orders),
    equal('revenue is what customers were told', metrics.revenue.cents, seen.cents),
    equal('every subscriber heard the whole way of every order', seen.unfinished.length, 0),
    equal('no job failed', metrics.jobs.failed, 0),
  ];
}

function check(name, holds, found) {
  return { name, holds, found: holds ? undefined : found };
}

function includesAll(found, wanted) {
  return wanted.every(each => found.includes(each));
}
