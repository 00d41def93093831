import { beforeEach, expect, test } from "vitest";
import { ago, anEvent, aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.eventList = [
    anEvent(),
    anEvent("shop.2", {
      type: "Warning",
      reason: "WaitedTooLong",
      message: "GET / has waited",
      count: 3,
      firstSeen: ago(120),
    }),
  ];
});

const TABLE = [
  "LAST SEEN         TYPE      REASON          OBJECT         MESSAGE",
  "5s                Normal    Ready           session/shop   requests that match go to the replica",
  "5s (x3 over 2m)   Warning   WaitedTooLong   session/shop   GET / has waited",
  "",
].join("\n");

test("events, and how often they happened", async () => {
  for (const line of ["events", "get events", "get ev"]) {
    expect(await cli.run(line)).toEqual({ out: TABLE, err: "", code: 0 });
  }
  expect((await cli.run("events -o name")).out).toBe(
    "event/shop.1\nevent/shop.2\n",
  );
  expect((await cli.run("events --no-headers")).out.split("\n")).toHaveLength(
    3,
  );
  expect(JSON.parse((await cli.run("events -o json")).out)).toMatchObject({
    kind: "List",
    items: [{ kind: "Event" }, { kind: "Event" }],
  });
});

test("only those that are asked for", async () => {
  await cli.run("events --for se/shop --types warning,NORMAL");
  await cli.run("events --for container/demo-shop-1");
  expect(cli.sidecar.calls).toEqual([
    'events {"for":"session/shop","types":"Warning,Normal"}',
    'events {"for":"container/demo-shop-1"}',
  ]);
});

test("none is no error", async () => {
  cli.sidecar.eventList = [];
  expect(await cli.run("events")).toEqual({
    out: "",
    err: "No events found.\n",
    code: 0,
  });
});

test("they can be watched: what happens again is a row again", async () => {
  const again = anEvent("shop.1", { count: 2, firstSeen: ago(60) });
  cli.sidecar.watchScripts = [
    [
      { event: { type: "ADDED", object: anEvent() }, id: "e.1" },
      { event: { type: "BOOKMARK", complete: true }, id: "e.1" },
      { event: { type: "MODIFIED", object: again }, id: "e.2" },
    ],
  ];
  const { out } = await cli.run("events -w --for session/shop");
  expect(out.split("\n").map((row) => row.slice(0, 16).trim())).toEqual([
    "LAST SEEN   TYPE",
    "5s          Norm",
    "5s (x2 over 60s)",
    "",
  ]);
  expect(cli.sidecar.calls[0]).toBe('watch events {"for":"session/shop"}');
});

test("a session's are at the end of its description, not those of one before it", async () => {
  cli.sidecar.sessionList = [aSession()];
  cli.sidecar.eventList.unshift(
    anEvent("shop.0", {
      reason: "Restored",
      firstSeen: ago(900),
      lastSeen: ago(600),
    }),
  );
  const { out } = await cli.run("describe session shop");
  expect(out).toMatch(
    /\nEvents:\n {2}LAST SEEN .*\n {2}5s .*\n {2}5s \(x3 over 2m\) .*\n$/,
  );
  cli.sidecar.eventList = [];
  expect((await cli.run("describe session shop")).out).toMatch(
    /\nEvents: +<none>\n$/,
  );
});

test.each([
  ["events --types Bad", "valid --types are Normal or Warning"],
  ["events --for shop", "arguments in resource/name form must have"],
  ["events --for foo/x", `doesn't have a resource type "foo"`],
  ["events -o wide", "allowed formats are: json,name,yaml"],
  ["events x", "unexpected arguments: x"],
  ["wait event/x --for=delete", "cannot wait for delete of events"],
])("%s is refused", async (line, message) => {
  const { out, err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect({ out, code }).toEqual({ out: "", code: 1 });
});
