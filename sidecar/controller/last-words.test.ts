import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { Engine } from "../../docker/engine/engine.js";
import { readLastWords } from "./last-words.js";
import type { OurContainer } from "./world.js";

const container = (name: string, Status: string, ExitCode: number) =>
  ({
    name,
    inspect: { Id: name, Config: {}, State: { Status, ExitCode } },
  }) as unknown as OurContainer;

/** An Engine whose logs say something from the n-th time on that they are asked for. */
function logsFrom(first: number) {
  let asked = 0;
  const engine = {
    logs: async () => Readable.from(++asked < first ? "" : "one\r\ntwo\n"),
  } as unknown as Pick<Engine, "logs">;
  return { engine, asked: () => asked };
}

test("a log that comes a moment after the end is waited for, and read once", async () => {
  const { engine, asked } = logsFrom(3);
  const known: Record<string, string[]> = {};
  const ended = [container("replica", "exited", 3)];
  await readLastWords(engine, ended, known);
  await readLastWords(engine, ended, known);
  expect(known).toEqual({ replica: ["one", "two"] });
  expect(asked()).toBe(3);
});

test("one that says nothing is asked again the next time, unless it ended well", async () => {
  const { engine, asked } = logsFrom(4);
  const known: Record<string, string[]> = {};
  const silent = [container("replica", "exited", 3)];
  await readLastWords(engine, silent, known);
  expect(known).toEqual({});
  await readLastWords(engine, silent, known);
  expect(known).toEqual({ replica: ["one", "two"] });
  expect(asked()).toBe(4);
  const well = logsFrom(100);
  await readLastWords(well.engine, [container("a", "exited", 0)], known);
  expect(known["a"]).toEqual([]);
});

test("what runs is not asked, and forgotten where it had ended before", async () => {
  const { engine, asked } = logsFrom(1);
  const known = { replica: ["before"] };
  await readLastWords(engine, [container("replica", "running", 0)], known);
  expect(known).toEqual({});
  expect(asked()).toBe(0);
});
