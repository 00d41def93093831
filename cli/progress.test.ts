import { expect, test } from "vitest";
import { aSession, condition } from "./testing/objects.js";
import { TestCli } from "./testing/run-cli.js";

type Conditions = ReturnType<typeof condition>[];

/** Runs `debug` on a session that shows these conditions, one after the other. */
async function progress(...steps: Conditions[]): Promise<string[]> {
  const cli = new TestCli();
  const session = aSession("shop", { phase: "Starting", conditions: [] });
  cli.sidecar.makeSession = () => session;
  cli.steps = steps.map((conditions) => () => {
    session.status.conditions = conditions;
  });
  const { err } = await cli.run("debug shop");
  return err.split("\n").filter((line) => /^ *\d+\.\ds /.test(line));
}

const FOUND = condition("TargetFound", "True", "port 8000 of shop-1");
const UP = condition("Debuggable", "True", "python 3.11.2, gunicorn 20.1.0");
const READY = condition("Ready", "True", "every request goes to the replica");
const STARTING = condition("Ready", "False", "the app does not serve yet");

test("one line for each step, once", async () => {
  expect(
    await progress(
      [FOUND, STARTING],
      [FOUND, UP, STARTING],
      [FOUND, UP, condition("Routed", "True", READY.message), READY],
    ),
  ).toEqual([
    "  0.3s  target found: port 8000 of shop-1",
    "  0.5s  app is up: python 3.11.2, gunicorn 20.1.0",
    "  0.8s  requests are rerouted: every request goes to the replica",
  ]);
});

test("what keeps it from being ready is told when it lasts", async () => {
  const lines = await progress(
    ...Array.from({ length: 20 }, () => [FOUND, STARTING]),
    [FOUND, READY],
  );
  expect(lines).toEqual([
    "  0.3s  target found: port 8000 of shop-1",
    "  2.3s  waiting: the app does not serve yet",
  ]);
});

test("an app that cannot be debugged is warned of", async () => {
  expect(
    await progress([condition("Debuggable", "False", "no kit"), READY]),
  ).toEqual(["  0.3s  warning: no kit"]);
});

test("what is risky about a second instance is warned of, a line each", async () => {
  const risky = condition("SecondInstance", "True", "it migrates; it works");
  const fine = condition("SecondInstance", "False", "nothing is seen");
  expect(await progress([fine], [risky, READY])).toEqual([
    "  0.5s  warning: it migrates",
    "  0.5s  warning: it works",
  ]);
});
