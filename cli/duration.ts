const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What a length of time looks like. */
export const DURATION_ACCEPTED =
  "must be a number and a unit, such as 30s, 5m, 1h, 1h30m";

/** Milliseconds of `30s`, `5m`, `1h30m`, `-1s` or `0`; undefined: not a length of time. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^-?(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
  const total = [...parts].reduce(
    (sum, [, amount, unit]) =>
      sum + Number(amount) * (UNIT_MS[unit ?? ""] ?? 0),
    0,
  );
  return text.startsWith("-") ? -total : total;
}
