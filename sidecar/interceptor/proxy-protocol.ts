import { isIPv4, isIPv6 } from "node:net";
import { Malformed } from "./frame.js";

/** A PROXY protocol header, by which a proxy in front tells whom it speaks for. */
export interface ProxyHeader {
  /** How many bytes it has. */
  length: number;
  /** The client's address; undefined where the proxy speaks for itself, or does not know. */
  source: string | undefined;
}

/** Begins version 2: bytes that no other protocol begins with. */
const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** Begins version 1. With nothing but `PROXY ` it may be an HTTP request of such a method. */
const BEGINNINGS = ["PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN"].map((text) =>
  Buffer.from(text),
);

/** The longest line of version 1, with its end. */
const LONGEST_LINE = 107;

/** Version 2: the signature, version and command, family and protocol, length. */
const FIXED = 16;

/**
 * The PROXY header that a connection begins with. `none`: it begins with
 * something else. Undefined: that cannot be told yet. What a strict reader
 * might refuse is malformed, since the app may read it differently.
 */
export function parseProxyHeader(
  bytes: Buffer,
): ProxyHeader | Malformed | "none" | undefined {
  if (begins(bytes, SIGNATURE)) return parseBinary(bytes);
  if (BEGINNINGS.some((beginning) => begins(bytes, beginning)))
    return parseLine(bytes);
  const mayBecome = [SIGNATURE, ...BEGINNINGS].some((beginning) =>
    begins(beginning, bytes),
  );
  return mayBecome ? undefined : "none";
}

const begins = (bytes: Buffer, beginning: Buffer): boolean =>
  bytes.subarray(0, beginning.length).equals(beginning);

/** Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443`. */
function parseLine(bytes: Buffer): ProxyHeader | Malformed | undefined {
  const feed = bytes.subarray(0, LONGEST_LINE).indexOf("\n");
  if (feed < 0)
    return bytes.length < LONGEST_LINE
      ? undefined
      : malformed("a line without an end");
  const line = bytes.toString("latin1", 0, feed + 1);
  if (!line.endsWith("\r\n")) return malformed("a line feed without a return");
  const length = line.length;
  const [, family, source, destination, from, to, ...more] = line
    .slice(0, -2)
    .split(" ");
  // What follows UNKNOWN is to be ignored.
  if (family === "UNKNOWN") return { length, source: undefined };
  const isAddress = family === "TCP4" ? isIPv4 : isPlainIPv6;
  if (![source, destination].every((text) => isAddress(text ?? "")))
    return malformed(`an address that is none of ${family}`);
  if (![from, to].every((text) => isPort(text ?? "")) || more.length > 0)
    return malformed("ports that are none");
  return { length, source };
}

/** Without a zone, which says nothing elsewhere. */
const isPlainIPv6 = (text: string): boolean =>
  isIPv6(text) && !text.includes("%");

const isPort = (text: string): boolean =>
  /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65535;

/** How long the addresses are, by family: unspecified, IPv4, IPv6, unix. */
const ADDRESSES = [0, 12, 36, 216];

/** Transports: unspecified, stream, datagram. */
const TRANSPORTS = 3;

/** Version 2: the same in binary, with more behind the addresses, which is the app's. */
function parseBinary(bytes: Buffer): ProxyHeader | Malformed | undefined {
  if (bytes.length < FIXED) return undefined;
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 15;
  const family = bytes[13]! >> 4;
  const transport = bytes[13]! & 15;
  const more = bytes.readUInt16BE(14);
  if (version !== 2) return malformed(`version ${version}`);
  if (command > 1) return malformed(`command ${command}`);
  const addresses = ADDRESSES[family];
  if (addresses === undefined) return malformed(`address family ${family}`);
  if (transport >= TRANSPORTS) return malformed(`transport ${transport}`);
  const length = FIXED + more;
  const isLocal = command === 0;
  if (!isLocal && more < addresses)
    return malformed("a length that its addresses do not fit in");
  if (bytes.length < length) return undefined;
  const isTcp = transport === 1;
  const source =
    isLocal || !isTcp ? undefined : addressIn(bytes, FIXED, family);
  return { length, source };
}

/** Begins an IPv4 address in the dress of an IPv6 one. */
const MAPPED = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]);

function addressIn(
  bytes: Buffer,
  at: number,
  family: number,
): string | undefined {
  if (family === 1) return bytes.subarray(at, at + 4).join(".");
  if (family !== 2) return undefined;
  const isMapped = bytes.subarray(at, at + 12).equals(MAPPED);
  if (isMapped) return bytes.subarray(at + 12, at + 16).join(".");
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2)
    groups.push(bytes.readUInt16BE(at + i).toString(16));
  return shortIPv6(groups.join(":"));
}

/** As people write it: `2001:db8::1`. */
const shortIPv6 = (address: string): string =>
  new URL(`http://[${address}]`).hostname.slice(1, -1);

const malformed = (what: string): Malformed =>
  new Malformed(`a PROXY header with ${what}`);
