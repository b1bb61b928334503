/** What the load saw, phase by phase. A request counts for the phase in which it began. */

const examplesKept = 3;

export class Statistics {
  #phases = [];

  begin(name) {
    this.#phases.push({
      name, durations: [], failures: new Map(), unsafe: 0, socketsLost: 0, ticks: 0, events: 0,
      beganAt: performance.now(), answeredAt: performance.now(), longestSilence: 0,
    });
  }

  get phase() {
    return this.#phases.at(-1);
  }

  /** A request of `phase` was answered, rightly or wrongly, after `ms`. */
  answered(phase, ms) {
    phase.durations.push(ms);
    const now = performance.now();
    const current = this.phase;
    current.longestSilence = Math.max(current.longestSilence, now - current.answeredAt);
    current.answeredAt = now;
  }

  /** Something went wrong. `reason` is short and of a kind; `detail` helps to find it. */
  failed(phase, reason, detail) {
    const failure = phase.failures.get(reason) ?? { count: 0, examples: [] };
    failure.count++;
    if (failure.examples.length < examplesKept) failure.examples.push(String(detail).slice(0, 400));
    phase.failures.set(reason, failure);
  }

  report() {
    return this.#phases.map(phase => {
      const sorted = phase.durations.toSorted((a, b) => a - b);
      const at = q => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
      return {
        name: phase.name,
        requests: sorted.length,
        failures: Object.fromEntries(phase.failures),
        failed: [...phase.failures.values()].reduce((total, { count }) => total + count, 0),
        p50: at(0.5), p99: at(0.99), longest: at(1),
        longestSilence: phase.longestSilence,
        socketsLost: phase.socketsLost, ticks: phase.ticks, events: phase.events,
      };
    });
  }
}
