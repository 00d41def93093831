const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * A length of time in the few characters of a table's cell: `119s`, `2m`,
 * `9m59s`, `179m`, `3h`, `7h59m`, `47h`, `2d`, `7d23h`, `2y1d`.
 * The steps are those of kubectl (apimachinery's duration.HumanDuration).
 */
export function formatDuration(milliseconds: number): string {
  const count = (unit: number) => Math.floor(milliseconds / unit);
  // A clock that is a little ahead of ours is no reason to alarm anybody.
  if (milliseconds <= -2 * SECOND) return "<invalid>";
  if (milliseconds < 0) return "0s";
  if (milliseconds < 2 * MINUTE) return `${count(SECOND)}s`;
  if (milliseconds < 10 * MINUTE) {
    return two(count(MINUTE), "m", count(SECOND) % 60, "s");
  }
  if (milliseconds < 3 * HOUR) return `${count(MINUTE)}m`;
  if (milliseconds < 8 * HOUR) {
    return two(count(HOUR), "h", count(MINUTE) % 60, "m");
  }
  if (milliseconds < 2 * DAY) return `${count(HOUR)}h`;
  if (milliseconds < 8 * DAY) {
    return two(count(DAY), "d", count(HOUR) % 24, "h");
  }
  if (milliseconds < 2 * YEAR) return `${count(DAY)}d`;
  if (milliseconds < 8 * YEAR) {
    return two(count(YEAR), "y", count(DAY) % 365, "d");
  }
  return `${count(YEAR)}y`;
}

/** How long ago that was; `<unknown>` for what is no date. */
export function formatAge(timestamp: string, now: number): string {
  const then = Date.parse(timestamp);
  return Number.isNaN(then) ? "<unknown>" : formatDuration(now - then);
}

function two(
  big: number,
  bigUnit: string,
  small: number,
  unit: string,
): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${unit}`;
}
