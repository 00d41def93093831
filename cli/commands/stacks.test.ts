import { beforeEach, expect, test } from "vitest";
import { problem } from "../testing/fake-sidecar.js";
import { aSession, aStacks } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession("shop")];
  cli.sidecar.stackList = [aStacks("shop")];
});

test.each(["stacks", "stacks shop", "stacks session/shop", "stacks se shop"])(
  "%s: each thread with its request, and its frames as in a traceback",
  async (line) => {
    expect(await cli.run(line)).toEqual({
      out: `session/shop  pid 7  python 3.11.2  gunicorn 20.1.0

Thread "MainThread": waiting for a lock: GET /orders/7 from 172.18.0.5
  File "<frozen runpy>", line 88, in _run_code
  File "/app/shop/views.py", line 42, in order
    lock.acquire()
`,
      err: "",
      code: 0,
    });
  },
);

test("tasks, pauses, frames that are left out, and several processes", async () => {
  const frames = [{ file: "/app/a.py", line: 1, function: "wait" }];
  cli.sidecar.stackList = [
    aStacks(
      "shop",
      {
        threads: [
          {
            thread: "T",
            task: "Task-5",
            state: "awaiting",
            frames,
            omitted: 0,
          },
          { thread: "T", pause: "shop-1", state: "paused", frames, omitted: 1 },
          { thread: "U", frames: [], omitted: 0 },
        ],
      },
      { pid: 8, threads: [] },
    ),
  ];
  expect((await cli.run("stacks")).out)
    .toBe(`session/shop  pid 7  python 3.11.2  gunicorn 20.1.0

Task "Task-5" of thread "T": awaiting
  File "/app/a.py", line 1, in wait

Thread "T": paused, sidestep attach pause/shop-1
  … 1 more frames
  File "/app/a.py", line 1, in wait

Thread "U"


session/shop  pid 8  python 3.11.2  gunicorn 20.1.0
`);
});

test("what serves a request comes first", async () => {
  const { threads } = aStacks().status.processes[0]!;
  const idle = { thread: "MainThread", frames: [], omitted: 0 };
  const task = { ...threads[0]!, thread: "", task: "Task-3" };
  cli.sidecar.stackList = [aStacks("shop", { threads: [idle, task] })];
  const { out } = await cli.run("stacks");
  expect(out.match(/^(Thread|Task).*/gm)).toEqual([
    'Task "Task-3": waiting for a lock: GET /orders/7 from 172.18.0.5',
    'Thread "MainThread"',
  ]);
});

test("a process that does not answer is told of, and fails the command", async () => {
  cli.sidecar.stackList = [
    aStacks("shop", { pid: 7, problem: "it does not answer", threads: [] }),
  ];
  expect(await cli.run("stacks")).toEqual({
    out: "session/shop  pid 7  python 3.11.2  gunicorn 20.1.0\n  it does not answer\n",
    err: "error: no stacks of process 7\nask again in a moment: it may have been busy only just now\n",
    code: 1,
  });
});

test("what the app names cannot steer the terminal", async () => {
  const { threads } = aStacks().status.processes[0]!;
  threads[0]!.request!.path = "/\x1b[2J";
  threads[0]!.frames[0]!.source = "x = '\x07'";
  cli.sidecar.stackList = [aStacks("shop", { threads })];
  const { out } = await cli.run("stacks");
  expect(out).toContain("GET /\\u001b[2J");
  expect(out).toContain("x = '\\u0007'");
});

test("-o json and yaml are the whole object, the innermost frame first", async () => {
  const { out } = await cli.run("stacks -o json");
  expect(JSON.parse(out)).toEqual(aStacks("shop"));
  expect((await cli.run("stacks -o yaml")).out).toContain("kind: Stacks\n");
});

test.each([
  ["stacks -o wide", "allowed formats are: json,yaml"],
  ["stacks pause/x", "error: sidestep stacks takes sessions, not pauses"],
  ["stacks session shop other", "error: only one session at a time"],
  [
    "stacks session/no",
    'Error from server (NotFound): sessions "no" not found',
  ],
])("%s is refused", async (line, message) => {
  const { err, out, code } = await cli.run(line);
  expect(err).toContain(message);
  expect({ out, code }).toEqual({ out: "", code: 1 });
});

test("no session, several sessions, no kit", async () => {
  cli.sidecar.failure = problem("NoKit", "no process has the kit", "See why");
  expect((await cli.run("stacks shop")).err).toBe(
    "Error from server (NoKit): no process has the kit\nSee why\n",
  );
  cli.sidecar.sessionList = [aSession("a"), aSession("b")];
  expect((await cli.run("stacks")).err).toContain(
    "error: there are several sessions: a, b\nname one: sidestep stacks session/a\n",
  );
  cli.sidecar.sessionList = [];
  expect((await cli.run("stacks")).err).toContain("there is no session");
});
