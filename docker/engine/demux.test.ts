import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { demux } from "./demux.js";

const frame = (content: string, stream = 1): Buffer => {
  const payload = Buffer.from(content);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};

test("stdout and stderr come together, in order", async () => {
  const chunks = [frame("out\n"), frame("err\n", 2), frame("again\n")];
  expect(await text(Readable.from(chunks).pipe(demux()))).toBe(
    "out\nerr\nagain\n",
  );
});

test("100,000 frames of one byte in one chunk do not overflow the stack", async () => {
  const frames = Buffer.concat(
    Array.from({ length: 100_000 }, () => frame("x")),
  );
  const got = await buffer(Readable.from([frames]).pipe(demux()));
  expect(got.length).toBe(100_000);
  expect(got.every((byte) => byte === 0x78)).toBe(true);
});

test("frames may be split at every byte", async () => {
  const whole = Buffer.concat([frame("one"), frame(""), frame("zwei é", 2)]);
  for (let at = 1; at < whole.length; at++) {
    const chunks = [whole.subarray(0, at), whole.subarray(at)];
    const got = await text(Readable.from(chunks).pipe(demux()));
    expect(got, `split at ${at}`).toBe("onezwei é");
  }
  const bytes = [...whole].map((byte) => Buffer.from([byte]));
  expect(await text(Readable.from(bytes).pipe(demux()))).toBe("onezwei é");
});

test("a frame larger than 64 KiB passes in pieces", async () => {
  const big = "y".repeat(300_000);
  const whole = frame(big);
  const chunks = Array.from(
    { length: Math.ceil(whole.length / 65_536) },
    (_, i) => whole.subarray(i * 65_536, (i + 1) * 65_536),
  );
  expect(await text(Readable.from(chunks).pipe(demux()))).toBe(big);
});

test("a reader that is slow holds the source back", async () => {
  let produced = 0;
  const source = new Readable({
    read() {
      produced += 1;
      this.push(produced > 1_000 ? null : frame("z".repeat(16_384)));
    },
  });
  const plain = source.pipe(demux());
  await once(plain, "readable");
  const before = produced;
  expect(before).toBeLessThan(20);
  expect((await buffer(plain)).length).toBe(1_000 * 16_384);
});
