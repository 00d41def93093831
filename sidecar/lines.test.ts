import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readLines } from "./lines.js";
import { MAX_LINE } from "./schema/index.js";

function reader() {
  const stream = new PassThrough();
  const seen: unknown[] = [];
  const errors: Error[] = [];
  stream.on("error", (error) => errors.push(error));
  readLines(stream, (message) => seen.push(message));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { stream, seen, errors, settled };
}

test("lines are whole whatever the chunks, and characters too", async () => {
  const { stream, seen, settled } = reader();
  const bytes = Buffer.from('{"a":"ü€😀"}\n{"b":2}\n');
  for (const byte of bytes) stream.write(Buffer.from([byte]));
  await settled();
  expect(seen).toEqual([{ a: "ü€😀" }, { b: 2 }]);
});

test.each([
  ["what is not JSON", "hello\n"],
  ["a line that never ends", "x".repeat(MAX_LINE + 1)],
  ["a line that is too long", `"${"x".repeat(MAX_LINE)}"\n`],
])("%s ends the stream with an error", async (_name, text) => {
  const { stream, errors, settled } = reader();
  stream.write(text);
  await settled();
  await settled();
  expect(errors).toHaveLength(1);
  expect(stream.destroyed).toBe(true);
});
