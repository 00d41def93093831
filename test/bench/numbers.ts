/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)];
  const lower = sorted[Math.ceil(half) - 1];
  if (upper === undefined || lower === undefined) {
    throw new Error("the median of no values: nothing was measured");
  }
  return (lower + upper) / 2;
}

/** Milliseconds as people read them: `420 ms`, `1.25 s`. */
export function time(ms: number): string {
  return Math.abs(ms) < 1000
    ? `${ms.toFixed(0)} ms`
    : `${(ms / 1000).toFixed(2)} s`;
}

/** A rate as people read it: `12,300/s`. */
export function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString("en-US")}/s`;
}

/** KiB, as the kernel tells them, in MB of a million bytes. */
export function megabytes(kib: number): number {
  return (kib * 1024) / 1e6;
}
