import fc from "fast-check";
import { expect, test } from "vitest";
import { Malformed } from "./frame.js";
import { parseProxyHeader } from "./proxy-protocol.js";
import {
  proxyBinary,
  proxyHeaders,
  proxyLine,
} from "./testing/proxy-header.js";

const latin1 = (text: string) => Buffer.from(text, "latin1");

test("a header is read when it is whole, not before, and nothing behind it is", () => {
  fc.assert(
    fc.property(
      proxyHeaders,
      fc.uint8Array({ maxLength: 50 }),
      ({ bytes, source }, behind) => {
        for (let length = 0; length < bytes.length; length++)
          expect(parseProxyHeader(bytes.subarray(0, length))).toBeUndefined();
        const all = Buffer.concat([bytes, behind]);
        expect(parseProxyHeader(all)).toEqual({ length: bytes.length, source });
      },
    ),
  );
});

test("an IPv4 address in IPv6's dress is one of IPv4; IPv6 is written short", () => {
  const source = (address: number[]) =>
    parseProxyHeader(
      proxyBinary(1, 0x21, [...address, ...new Array<number>(20).fill(0)]),
    );
  expect(
    source([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 1, 2, 3]),
  ).toMatchObject({ source: "10.1.2.3" });
  expect(
    source([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
  ).toMatchObject({ source: "2001:db8::1" });
});

test.each([
  "PROXY / HTTP/1.1\r\nHost: shop\r\n\r\n",
  "PROXY TCP HTTP/1.1\r\n\r\n",
  "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
  "GET / HTTP/1.1\r\n\r\n",
  "\r\nGET / HTTP/1.1\r\n\r\n",
  "\r\n\r\n\0\r\nQUIT\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\x16\x03\x01\x02\x00",
])("%j begins with none", (text) => {
  expect(parseProxyHeader(latin1(text))).toBe("none");
});

test.each([
  proxyLine("192.0.2.256"),
  proxyLine("192.0.2.01"),
  proxyLine("192.0.2.1").replace("TCP4", "TCP6"),
  proxyLine("fe80::1%eth0"),
  "PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n",
  "PROXY TCP4 192.0.2.1 192.0.2.2 56324 65536\r\n",
  "PROXY TCP4 192.0.2.1 192.0.2.2 056 80\r\n",
  "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
  "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
  "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
  "PROXY TCP4 HTTP/1.1\r\n",
  "PROXY UNKNOWNS\r\n",
  `PROXY UNKNOWN ${"x".repeat(100)}\r\n`,
])("%j is malformed", (text) => {
  expect(parseProxyHeader(latin1(text))).toBeInstanceOf(Malformed);
});

test.each([
  ["another version", { 12: 0x11 }],
  ["another command", { 12: 0x22 }],
  ["an unknown family", { 13: 0x41 }],
  ["an unknown transport", { 13: 0x13 }],
  ["less than its addresses", { 15: 11 }],
])("%s in version 2 is malformed", (_what, changed) => {
  const bytes = proxyBinary(1, 0x11, new Array<number>(12).fill(1));
  for (const [at, byte] of Object.entries(changed)) bytes[Number(at)] = byte;
  expect(parseProxyHeader(bytes)).toBeInstanceOf(Malformed);
});
