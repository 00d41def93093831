import { expect, test } from "vitest";
import { createWriter } from "./writer.js";

/** A descriptor with room for so many bytes, until there is more. */
function aDescriptor(room: number) {
  const taken: number[] = [];
  const state = { room, broken: false, tries: 0 };
  const write = (_fd: number, data: Uint8Array): number => {
    state.tries++;
    if (state.broken) throw Object.assign(new Error("gone"), { code: "EIO" });
    if (state.room === 0) {
      throw Object.assign(new Error("full"), { code: "EAGAIN" });
    }
    const written = Math.min(state.room, data.length);
    state.room -= written;
    taken.push(...data.subarray(0, written));
    return written;
  };
  return { state, write, text: () => Buffer.from(taken).toString() };
}

test("a key is written at once", () => {
  const { write, text } = aDescriptor(100);
  createWriter(7, write).write(Buffer.from("a"));
  expect(text()).toBe("a");
});

test("what there is no room for is written later, in order", async () => {
  const { state, write, text } = aDescriptor(3);
  const writer = createWriter(7, write);
  writer.write(Buffer.from("abcde"));
  writer.write(Buffer.from("fg"));
  expect(text()).toBe("abc");
  state.room = 100;
  await expect.poll(text).toBe("abcdefg");
});

test("a full descriptor is not tried all the time", async () => {
  const { state, write } = aDescriptor(0);
  const writer = createWriter(7, write);
  writer.write(Buffer.from("a"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(state.tries).toBeLessThan(15);
  writer.end();
});

test("one that is gone is no error, and what waits for it is dropped", () => {
  const { state, write, text } = aDescriptor(100);
  state.broken = true;
  const writer = createWriter(7, write);
  writer.write(Buffer.from("a"));
  state.broken = false;
  writer.write(Buffer.from("b"));
  expect(text()).toBe("b");
});
