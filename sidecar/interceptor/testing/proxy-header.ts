import fc from "fast-check";

/** A PROXY header as a proxy sends it, and whom it names. */
export interface Proxied {
  bytes: Buffer;
  source: string | undefined;
}

/** Version 1 for a client's address. */
export function proxyLine(source: string): string {
  const family = source.includes(":") ? "TCP6" : "TCP4";
  const destination = family === "TCP6" ? "2001:db8::2" : "192.0.2.2";
  return `PROXY ${family} ${source} ${destination} 56324 8000\r\n`;
}

/** Version 2 with these addresses, and what is behind them. */
export function proxyBinary(
  command: number,
  family: number,
  addresses: number[],
  more: Uint8Array = new Uint8Array(),
): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(addresses.length + more.length);
  return Buffer.concat([
    Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"),
    Buffer.from([0x20 | command, family]),
    length,
    Buffer.from(addresses),
    more,
  ]);
}

const bytes = (length: number) =>
  fc.array(fc.nat({ max: 255 }), { minLength: length, maxLength: length });
const port = fc.nat({ max: 65535 });
const rest = fc.uint8Array({ maxLength: 300 });

const lines: fc.Arbitrary<Proxied> = fc.oneof(
  fc
    .tuple(fc.ipV4(), fc.ipV4(), port, port)
    .map(([source, destination, from, to]) => ({
      bytes: Buffer.from(
        `PROXY TCP4 ${source} ${destination} ${from} ${to}\r\n`,
      ),
      source,
    })),
  fc
    .tuple(fc.ipV6(), fc.ipV6(), port, port)
    .map(([source, destination, from, to]) => ({
      bytes: Buffer.from(
        `PROXY TCP6 ${source} ${destination} ${from} ${to}\r\n`,
      ),
      source,
    })),
  fc
    .constantFrom("", " ffff:f...f:ffff ffff:f...f:ffff 65535 65535", " x y")
    .map((text) => ({
      bytes: Buffer.from(`PROXY UNKNOWN${text}\r\n`),
      source: undefined,
    })),
);

const binaries: fc.Arbitrary<Proxied> = fc.oneof(
  fc.tuple(bytes(12), rest).map(([addresses, more]) => ({
    bytes: proxyBinary(1, 0x11, addresses, more),
    source: addresses.slice(0, 4).join("."),
  })),
  fc
    .tuple(bytes(36), rest)
    // Not in the dress of IPv4, nor with zeros that are written in another way.
    .filter(([addresses]) => addresses.slice(0, 16).every((byte) => byte > 15))
    .map(([addresses, more]) => ({
      bytes: proxyBinary(1, 0x21, addresses, more),
      source: Buffer.from(addresses.slice(0, 16))
        .toString("hex")
        .replace(/(.{4})(?!$)/g, "$1:"),
    })),
  // From the proxy itself, such as its health checks; of a unix socket; unknown.
  fc
    .tuple(fc.constantFrom(0x00, 0x11, 0x21, 0x31), rest)
    .map(([family, more]) => ({
      bytes: proxyBinary(0, family, [], more),
      source: undefined,
    })),
  fc.tuple(bytes(216), rest).map(([addresses, more]) => ({
    bytes: proxyBinary(1, 0x31, addresses, more),
    source: undefined,
  })),
  rest.map((more) => ({
    bytes: proxyBinary(1, 0x00, [], more),
    source: undefined,
  })),
);

/** Sound headers of both versions. */
export const proxyHeaders: fc.Arbitrary<Proxied> = fc.oneof(lines, binaries);
