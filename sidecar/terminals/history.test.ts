import { expect, test } from "vitest";
import { MAX_LINE } from "../schema/index.js";
import { createHistories } from "./history.js";

test("each session has its own, in order, nothing twice in a row", () => {
  const histories = createHistories();
  for (const line of ["p 1", "p 1", " ", "c"]) histories.add("a", line);
  histories.add("b", "p 2");
  expect(histories.of("a")).toEqual(["p 1", "c"]);
  expect(histories.of("b")).toEqual(["p 2"]);
  histories.forget("a");
  expect(histories.of("a")).toEqual([]);
});

test("however much is typed, it goes into one message", () => {
  const histories = createHistories();
  for (let n = 0; n < 2000; n++) histories.add("a", `${n} ${"ü".repeat(500)}`);
  for (let n = 0; n < 2000; n++)
    histories.add("b", `${n}${"\x01".repeat(2000)}`);
  for (const session of ["a", "b"]) {
    const line = JSON.stringify(histories.of(session));
    expect(Buffer.byteLength(line)).toBeLessThan(MAX_LINE - 1024);
  }
  expect(histories.of("a").at(-1)).toMatch(/^1999 /);
  for (let n = 0; n < 2000; n++) histories.add("c", `${n}`);
  expect(histories.of("c")).toHaveLength(500);
});
