/** Counts of durations in buckets that double: < 1 ms, < 2 ms, < 4 ms, ... A plain array, so that it outlives classes. */
const buckets = 16;

/** Starts with an empty array. */
export function observeDuration(histogram: number[], ms: number): void {
  while (histogram.length < buckets) histogram.push(0);
  const bucket = Math.min(buckets - 1, Math.max(0, Math.ceil(Math.log2(Math.max(ms, 1)))));
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

/** Upper bound in milliseconds of the bucket in which the share `q` of all durations is reached; 0 if there is none. */
export function quantile(histogram: readonly number[], q: number): number {
  const wanted = q * histogram.reduce((total, count) => total + count, 0);
  let seen = 0;
  for (const [bucket, count] of histogram.entries()) {
    seen += count;
    if (count > 0 && seen >= wanted) return 2 ** bucket;
  }
  return 0;
}
