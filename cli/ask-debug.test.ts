import { beforeEach, expect, test } from "vitest";
import { aTarget } from "./testing/objects.js";
import { TestCli } from "./testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.streams.in.isTTY = true;
  cli.streams.err.isTTY = true;
  cli.sidecar.targetList = [aTarget("web", { ports: [80, 443] }), aTarget()];
});

test("asks for target and requests, each with a default, and says what would have needed no questions", async () => {
  cli.streams.in.write("2\nheader\nx-debug=me\nleave\n");
  const { out, err, code } = await cli.run("debug");
  expect(err).toContain("Which target?");
  expect(err).toContain("  1) web    port 80, 443, demo-web\n");
  expect(err).toContain("  2) shop   port 8000, demo-shop\n");
  expect(err).toContain("Which requests?");
  expect(err).toContain(
    "the same without questions: sidestep debug shop --match header:x-debug=me\n",
  );
  expect({ out, code }).toEqual({ out: "session/shop created\n", code: 0 });
  expect(cli.sidecar.created[0]?.spec).toMatchObject({
    target: "shop",
    match: [{ header: { "x-debug": "me" } }],
  });
});

test("Enter is the first choice; staying is the first of these, and Ctrl-C leaves nothing", async () => {
  cli.streams.in.write("\nall\n\n");
  cli.steps = [
    () => cli.signal("SIGINT"),
    () => {},
    () => (cli.sidecar.sessionList = []),
  ];
  const { err, code } = await cli.run("debug --name shop");
  expect(err).toContain("sidestep debug web --attach --rm\n");
  expect(err).toContain("everything is back");
  expect(code).toBe(130);
  expect(cli.sidecar.created[0]?.spec.match).toBeUndefined();
});

test("an answer that makes no sense is asked for again", async () => {
  cli.streams.in.write("9\nshop\npath\nno-slash\n/orders/*\nleave\n");
  const { err } = await cli.run("debug");
  expect(err).toContain('"9" is none of them: type a number from 1 to 2\n');
  expect(cli.sidecar.created[0]?.spec.match).toEqual([{ path: "/orders/*" }]);
});

test("what the command line says is not asked for", async () => {
  cli.streams.in.write("shop\n");
  const { err } = await cli.run("debug --match path=/a --dry-run");
  expect(err).not.toContain("Which requests?");
  expect(err).not.toContain("What then?");
  expect(cli.sidecar.calls).toEqual([
    "sessions",
    "targets",
    "sessions",
    "plan",
  ]);
});

test("Ctrl-D ends it", async () => {
  cli.streams.in.end();
  const { code } = await cli.run("debug");
  expect(code).toBe(130);
  expect(cli.sidecar.created).toEqual([]);
});

test("nothing to debug is said; without a terminal it is a wrong usage", async () => {
  cli.sidecar.targetList = [];
  expect((await cli.run("debug")).err).toContain(
    "error: no container is running here that could be debugged",
  );
  cli.streams.in.isTTY = false;
  const { err, code } = await cli.run("debug");
  expect(err).toContain("error: name the target to debug");
  expect(code).toBe(1);
});
