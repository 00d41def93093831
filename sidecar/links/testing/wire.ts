import fc from "fast-check";
import type { z } from "zod";
import {
  brokenJson,
  jsonTexts,
} from "../../../test/support/arbitrary/broken-json.js";
import { ofSchema } from "../../../test/support/arbitrary/of-schema.js";
import { MAX_LINE } from "../../schema/index.js";

/** What a peer sends, and in which pieces. */
export interface Said {
  bytes: Buffer;
  /** Where it is cut. */
  cuts: number[];
}

/** Peers of every kind: with the token or without, with good messages, broken ones, and bytes that are none. */
export function peers(
  schema: z.ZodType<object>,
  hello: (token: string) => object,
  token: string,
): fc.Arbitrary<Said> {
  const sound = ofSchema(schema);
  const line = fc.oneof(
    { arbitrary: sound.map((each) => JSON.stringify(each)), weight: 12 },
    {
      arbitrary: brokenJson(sound).map((each) => JSON.stringify(each)),
      weight: 3,
    },
    { arbitrary: jsonTexts, weight: 1 },
  );
  const greeting = fc.oneof(
    { arbitrary: fc.constant([JSON.stringify(hello(token))]), weight: 6 },
    {
      arbitrary: fc
        .oneof(fc.constantFrom("", token.slice(1), `${token} `), fc.string())
        .map((wrong) => [JSON.stringify(hello(wrong))]),
      weight: 1,
    },
    { arbitrary: fc.constant([]), weight: 1 },
  );
  return fc
    .record({
      greeting,
      lines: fc.array(line, { maxLength: 8 }),
      noise: fc.oneof(
        { arbitrary: fc.constant(null), weight: 3 },
        { arbitrary: noise, weight: 1 },
      ),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
        maxLength: 6,
      }),
      complete: fc.boolean(),
    })
    .map(({ greeting, lines, noise, cuts, complete }) => {
      const text = [...greeting, ...lines].join("\n") + (complete ? "\n" : "");
      const bytes = spoilt(Buffer.from(text), noise);
      const at = cuts.map((share) => Math.floor(share * bytes.length));
      return { bytes, cuts: at.sort((a, b) => a - b) };
    });
}

/** Bytes that are put over others, or between them; some are not UTF-8. */
const noise = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  over: fc.boolean(),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      Uint8Array.of(0xff, 0xfe),
      Uint8Array.of(0xc3),
      Uint8Array.of(0xed, 0xa0, 0x80),
      Uint8Array.of(0x0a),
      new Uint8Array(MAX_LINE + 1).fill(0x78),
    ),
  ),
});

function spoilt(
  bytes: Buffer,
  noise: { at: number; over: boolean; bytes: Uint8Array } | null,
): Buffer {
  if (!noise) return bytes;
  const at = Math.floor(noise.at * bytes.length);
  const rest = bytes.subarray(noise.over ? at + noise.bytes.length : at);
  return Buffer.concat([bytes.subarray(0, at), noise.bytes, rest]);
}

/** What is to be understood of it, read by the rules: all up to the first line that is no message, after a hello with the token. */
export function understood<T extends { type: string }>(
  { bytes }: Said,
  schema: z.ZodType<T>,
  token: string,
): T[] {
  const lines = bytes.toString().split("\n").slice(0, -1);
  const messages: T[] = [];
  for (const line of lines) {
    const message = line.length > MAX_LINE ? undefined : read(line, schema);
    if (!message) break;
    messages.push(message);
  }
  const [first] = messages as { type: string; token?: string }[];
  const known = first?.type === "hello" && first.token === token;
  return known ? messages : [];
}

function read<T>(line: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
