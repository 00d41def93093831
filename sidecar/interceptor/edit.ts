/** A head with all lines of a header replaced by one. */
export function withHeader(raw: Buffer, name: string, value: string): Buffer {
  const [first, ...lines] = raw
    .toString("latin1", 0, raw.length - 4)
    .split("\r\n") as [string, ...string[]];
  const prefix = `${name.toLowerCase()}:`;
  const kept = lines.filter((line) => !line.toLowerCase().startsWith(prefix));
  return Buffer.from(
    [first, ...kept, `${name}: ${value}`, "", ""].join("\r\n"),
    "latin1",
  );
}

/** An X-Forwarded-For that goes on where the former hops left it: appended, never replaced. */
export function forwardedFor(former: string[], client: string): string {
  return [...former, client].join(", ");
}
