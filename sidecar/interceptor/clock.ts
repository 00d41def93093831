let now = 0;
let fresh = false;

const stale = () => {
  fresh = false;
};

/** Milliseconds of a steady clock, read once in each turn of the event loop. */
export function turnTime(): number {
  if (!fresh) {
    now = performance.now();
    fresh = true;
    setImmediate(stale);
  }
  return now;
}
