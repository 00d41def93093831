/** The upper limits of the buckets of latencies, in seconds; one more is for what takes longer. */
export const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  60,
];

/** The upper limits of the buckets of the lengths of pauses, in seconds. */
export const PAUSE_BUCKETS = [1, 5, 15, 60, 300, 900, 3600, 14400];
