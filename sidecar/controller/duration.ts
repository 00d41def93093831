const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/** A `Duration` of the schema, such as `30s`, in milliseconds. */
export function milliseconds(duration: string): number {
  const unit = UNITS[duration.slice(-1)] ?? 1;
  return Number.parseInt(duration, 10) * unit * 1000;
}
