import { beforeEach, expect, test } from "vitest";
import { aBreakpoint, aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession("a"), aSession("b"), aSession("c")];
});

const left = () => cli.sidecar.sessionList.map((s) => s.metadata.name);
const drop = (name: string) => () =>
  void (cli.sidecar.sessionList = cli.sidecar.sessionList.filter(
    ({ metadata }) => metadata.name !== name,
  ));

test("waits until it is gone", async () => {
  cli.steps = [() => {}, drop("b")];
  expect(await cli.run("delete session b")).toEqual({
    out: 'session "b" deleted\n',
    err: "",
    code: 0,
  });
  expect(left()).toEqual(["a", "c"]);
  expect(cli.steps).toEqual([]);
});

test("several, in either grammar, end side by side", async () => {
  cli.steps = [drop("a"), drop("b")];
  const { out } = await cli.run("delete session/a se/b");
  expect(out).toBe('session "a" deleted\nsession "b" deleted\n');
  expect(cli.sidecar.calls.slice(0, 2)).toEqual(["delete a", "delete b"]);
});

test("--all, and --wait=false returns at once", async () => {
  const { out } = await cli.run("delete sessions --all --wait=false");
  expect(out.split("\n")).toHaveLength(4);
  expect(left()).toEqual(["a", "b", "c"]);
  cli.sidecar.sessionList = [];
  expect(await cli.run("delete sessions --all")).toEqual({
    out: "",
    err: "No resources found.\n",
    code: 0,
  });
});

test("one that is not there is an error, the others end", async () => {
  cli.steps = [drop("a")];
  const { out, err, code } = await cli.run("delete session x a");
  expect(out).toBe('session "a" deleted\n');
  expect(err).toBe('Error from server (NotFound): sessions "x" not found\n');
  expect(code).toBe(1);
});

test("one that does not go in time is told", async () => {
  const { err, code } = await cli.run("delete session a --timeout=2s");
  expect(err).toContain('error: session "a" is not gone after 2s');
  expect(code).toBe(1);
});

test.each([
  ["delete session", "name the sessions to delete, or say --all"],
  ["delete session a --all", "name cannot be provided when --all is given"],
  ["delete pause/a", "takes sessions and breakpoints, not pauses"],
  [
    "delete session a --timeout=soon",
    'invalid argument "soon" for "--timeout"',
  ],
])("%s is refused and deletes nothing", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect(err).toContain("See 'sidestep delete --help' for usage.");
  expect(code).toBe(1);
  expect(cli.sidecar.calls).toEqual([]);
});

test("by labels: only what has them", async () => {
  const cli = new TestCli();
  cli.sidecar.breakpointList = [aBreakpoint("a-b1"), aBreakpoint("b-b1")];
  cli.sidecar.breakpointList[1]!.metadata.labels = { "sidestep.session": "b" };
  expect(await cli.run("delete bp -l sidestep.session=b -o name")).toEqual({
    out: "breakpoint/b-b1\n",
    err: "",
    code: 0,
  });
  expect(cli.sidecar.breakpointList).toHaveLength(1);
  const both = await cli.run("delete bp --all -l a=b");
  expect(both.err).toContain(
    "error: cannot set --all and --selector at the same time\n",
  );
  expect(cli.sidecar.breakpointList).toHaveLength(1);
});
