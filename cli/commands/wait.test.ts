import { beforeEach, expect, test } from "vitest";
import {
  aBreakpoint,
  aPause,
  aSession,
  condition,
} from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [
    aSession("shop", {
      phase: "Starting",
      conditions: [condition("Ready", "False", "starting")],
    }),
  ];
});

const session = () => {
  const [first] = cli.sidecar.sessionList;
  if (!first) throw new Error("no session");
  return first;
};

test.each(["session/shop", "session shop"])(
  "until %s is ready",
  async (name) => {
    cli.steps = [
      () => {},
      () => (session().status.conditions = [condition("Ready", "True", "")]),
    ];
    expect(await cli.run(`wait ${name} --for=condition=ready`)).toEqual({
      out: "session/shop condition met\n",
      err: "",
      code: 0,
    });
    expect(cli.steps).toEqual([]);
  },
);

test("until something is paused", async () => {
  cli.steps = [() => (session().status.pauses = 1)];
  const { code } = await cli.run("wait se/shop --for=condition=Paused");
  expect(code).toBe(0);
});

test("until a condition is false again", async () => {
  const { code } = await cli.run("wait se/shop --for condition=Ready=False");
  expect(code).toBe(0);
});

test("until a session or a pause is gone; gone already is gone", async () => {
  cli.sidecar.pauseList = [aPause("p")];
  cli.steps = [
    () => (cli.sidecar.sessionList = []),
    () => (cli.sidecar.pauseList = []),
  ];
  const { out } = await cli.run("wait session/shop pause/p --for=delete");
  expect(out).toBe("session/shop condition met\npause/p condition met\n");
});

test("not in time", async () => {
  expect(
    await cli.run("wait session/shop --for=condition=Ready --timeout=2s"),
  ).toEqual({
    out: "",
    err: "error: timed out waiting for the condition on sessions/shop\n",
    code: 1,
  });
  expect(cli.sidecar.calls.length).toBeGreaterThan(2);
});

test("--timeout=0 looks once", async () => {
  const { code } = await cli.run(
    "wait se/shop --for=condition=Ready --timeout=0",
  );
  expect(code).toBe(1);
  expect(cli.sidecar.calls).toEqual(["sessions", "session shop"]);
});

test("a session that failed will not become ready: says why at once", async () => {
  session().status.phase = "Failed";
  session().status.conditions = [condition("Ready", "False", "no such port")];
  const { err, code } = await cli.run(
    "wait session/shop --for=condition=Ready",
  );
  expect(err).toContain('error: session "shop" failed: no such port');
  expect(code).toBe(1);
  expect((await cli.run("wait se/shop --for=condition=Failed")).code).toBe(0);
});

test.each([
  ["wait --for=delete", "name what to wait for"],
  ["wait session/shop", "--for is required"],
  [
    "wait session/shop --for=Ready",
    'invalid argument "Ready" for "--for" flag',
  ],
  [
    "wait session/shop --for=delete --timeout=x",
    'invalid argument "x" for "--timeout" flag',
  ],
  [
    "wait pause/p --for=condition=Ready",
    "cannot wait for condition=Ready of pauses",
  ],
  ["wait session/x --for=condition=Ready", 'sessions "x" not found'],
])("%s is refused", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect(code).toBe(1);
});

test("until something is there; there already is there", async () => {
  cli.steps = [
    () => {},
    () => void cli.sidecar.breakpointList.push(aBreakpoint("late")),
  ];
  expect(await cli.run("wait bp/late --for=create")).toEqual({
    out: "breakpoint/late condition met\n",
    err: "",
    code: 0,
  });
  expect((await cli.run("wait session/shop --for=create")).code).toBe(0);
  const { err, code } = await cli.run("wait se/x --for=create --timeout=1s");
  expect(err).toBe(
    "error: timed out waiting for the condition on sessions/x\n",
  );
  expect(code).toBe(1);
});
