import { expect, test } from "vitest";
import type { ToKit } from "../schema/index.js";
import { createStackQuestions, type Asked } from "./stacks.js";

/** A process that keeps what it is asked. */
function aProcess(pid: number): Asked & { queries: string[] } {
  const queries: string[] = [];
  const send = (message: ToKit) => {
    if (message.type === "stacks") queries.push(message.query);
  };
  return { pid, runtime: "python 3.11.2", server: undefined, send, queries };
}

const stack = (query: string, thread: string) => ({
  type: "stack" as const,
  query,
  thread,
  request: { method: "GET", path: "/", client: null },
  frames: [{ file: "/a.py", line: 1, function: "f", source: null }],
});

test("the answers of all processes, in the order of their pids", async () => {
  const questions = createStackQuestions();
  const [late, early] = [aProcess(9), aProcess(7)];
  const asked = questions.ask([late, early]);
  const query = late.queries[0]!;
  for (const each of [late, early]) {
    questions.told(each, stack(query, `of ${each.pid}`));
    questions.told(each, { type: "stacks", query, pid: each.pid });
  }
  expect(await asked).toMatchObject([
    { pid: 7, threads: [{ thread: "of 7", omitted: 0 }] },
    { pid: 9, threads: [{ thread: "of 9", request: { path: "/" } }] },
  ]);
});

test("two who ask at once get an answer each", async () => {
  const questions = createStackQuestions();
  const one = aProcess(7);
  const both = [questions.ask([one]), questions.ask([one])];
  for (const query of one.queries) {
    questions.told(one, stack(query, query));
    questions.told(one, { type: "stacks", query, pid: 7 });
  }
  const [a, b] = await Promise.all(both);
  expect([a![0]!.threads[0]!.thread, b![0]!.threads[0]!.thread]).toEqual(
    one.queries,
  );
});

test("who is silent, or goes, is told of; the others' answers are there", async () => {
  const questions = createStackQuestions(20);
  const [silent, going, good] = [aProcess(1), aProcess(2), aProcess(3)];
  const asked = questions.ask([silent, going, good]);
  const query = good.queries[0]!;
  questions.gone(going);
  questions.told(good, { type: "stacks", query, pid: 3 });
  expect(await asked).toMatchObject([
    { pid: 1, problem: expect.stringContaining("does not answer") as string },
    { pid: 2, problem: "it ended while it was asked" },
    { pid: 3, problem: undefined },
  ]);
  // What comes late is of no question any more.
  questions.told(silent, { type: "stacks", query, pid: 1 });
});

test("nobody to ask: nothing is waited for", async () => {
  expect(await createStackQuestions().ask([])).toEqual([]);
});

test("a process with endless stacks does not fill the memory", async () => {
  const questions = createStackQuestions();
  const one = aProcess(7);
  const asked = questions.ask([one]);
  const query = one.queries[0]!;
  for (let n = 0; n < 600; n++) questions.told(one, stack(query, `${n}`));
  questions.told(one, { type: "stacks", query, pid: 7 });
  const [answer] = await asked;
  expect(answer?.threads).toHaveLength(500);
  expect(answer?.problem).toContain("these are the first 500");
});
