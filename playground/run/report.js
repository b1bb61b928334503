/** Prints what a run found. Decides nothing. */
import pc from 'picocolors';

const ms = value => (value === null || value === undefined ? '' : `${value.toFixed(value < 10 ? 2 : 0)} ms`);

export function printPhases(rows) {
  console.table(Object.fromEntries(rows.map(({ phase, outcome = '', pauseMs }) => [phase.name, {
    requests: phase.requests,
    failed: phase.failed,
    p50: ms(phase.p50),
    p99: ms(phase.p99),
    longest: ms(phase.longest),
    'sockets lost': phase.socketsLost,
    'ticks heard': phase.ticks,
    pause: ms(pauseMs),
    outcome,
  }])));
}

/** The phases in which a release was taken, against the one in which the process was stopped and started. */
export function printComparison({ upgrades, restart, firstAnswerMs }) {
  console.table({
    [`${upgrades.length} upgrades in place`]: { ...harm(upgrades), 'SIGTERM to first answer': '' },
    '1 restart': { ...harm([restart]), 'SIGTERM to first answer': ms(firstAnswerMs) },
  });
}

function harm(phases) {
  const sum = count => phases.reduce((total, phase) => total + count(phase), 0);
  return {
    'failed requests': sum(({ failed }) => failed),
    'sockets lost': sum(({ socketsLost }) => socketsLost),
    // Who was sent away and had to sign in again, with an empty cart.
    'sessions lost': sum(({ failures }) => Object.entries(failures)
      .reduce((total, [reason, { count }]) => total + (reason.startsWith('401 ') ? count : 0), 0)),
    'longest silence': ms(Math.max(...phases.map(({ longestSilence }) => longestSilence))),
  };
}

export function printFailures(phases) {
  for (const { name, failures } of phases) {
    for (const [reason, { count, examples }] of Object.entries(failures)) {
      console.log(pc.dim(`  ${name}: ${count} x ${reason}, for example: ${examples[0]}`));
    }
  }
}

/** Answers whether everything holds. */
export function printChecks(checks) {
  for (const { name, holds, found } of checks) {
    console.log(`${holds ? pc.green('  ok') : pc.red('FAIL')}  ${name}${holds && found === undefined ? '' : pc.dim(`  ${found}`)}`);
  }
  return checks.every(({ holds }) => holds);
}
