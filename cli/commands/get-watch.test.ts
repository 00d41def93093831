import { beforeEach, expect, test } from "vitest";
import type { Session } from "../../sidecar/schema/session.js";
import type { Watched } from "../client.js";
import { serverLost } from "../server-errors.js";
import { ago, aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});

let version = 0;
const told = (
  type: "ADDED" | "MODIFIED" | "DELETED",
  object: Session,
): Watched => ({ event: { type, object }, id: `e.${++version}` });
const all = (complete = true): Watched => ({
  event: { type: "BOOKMARK", complete },
  id: `e.${version}`,
});
const inPhase = (phase: Session["status"]["phase"], name = "shop") =>
  aSession(name, { phase });
const lost = () => serverLost("127.0.0.1:7007", new Error("cut"));

/** What a watch prints; the fake's script ends with an error. */
const watch = async (line: string, ...scripts: (Watched | Error)[][]) => {
  cli.sidecar.watchScripts = scripts;
  const { out, err } = await cli.run(line);
  return {
    rows: out.split("\n").slice(0, -1),
    err: err.replace(/Error from server \(TestOver\).*\n/, ""),
    out,
  };
};

test("rows are appended as they change, under one line of headings", async () => {
  const { rows, err } = await watch("get sessions -w --no-headers=false", [
    told("ADDED", inPhase("Starting")),
    told("ADDED", inPhase("Ready", "a-long-name")),
    all(),
    told("MODIFIED", inPhase("Ready")),
    told("DELETED", inPhase("Ready", "a-long-name")),
    told("ADDED", inPhase("Pending", "a-name-that-is-longer")),
  ]);
  const row = (name: string, phase: string, width = 11, of = 8) =>
    `${name.padEnd(width)}   shop     header:x-debug=alice   ${phase.padEnd(of)}   0        12/352     2m5s`;
  expect(rows).toEqual([
    "NAME          TARGET   MATCH                  PHASE      PAUSES   REQUESTS   AGE",
    row("shop", "Starting"),
    row("a-long-name", "Ready"),
    row("shop", "Ready"),
    row("a-long-name", "Ready"),
    row("a-name-that-is-longer", "Pending", 21),
  ]);
  expect(err).toContain("the sidecar has ended or cannot be reached");
});

test("a change that a row does not show is no row", async () => {
  const other = inPhase("Ready");
  other.status.conditions[0]!.message = "otherwise";
  const older = inPhase("Ready");
  older.metadata.creationTimestamp = ago(1);
  const script = [
    told("ADDED", inPhase("Ready")),
    all(),
    told("MODIFIED", other),
    told("MODIFIED", older),
  ];
  const { rows } = await watch("get sessions -w --no-headers", script);
  expect(rows).toHaveLength(1);
  const names = await watch("get sessions -w -o name", script);
  expect(names.rows).toEqual(Array(3).fill("session/shop"));
});

test("--watch-only leaves out what there is, and not what becomes of it", async () => {
  const { rows } = await watch("get sessions --watch-only --no-headers", [
    told("ADDED", inPhase("Starting")),
    told("ADDED", inPhase("Ready", "b")),
    all(),
    told("MODIFIED", inPhase("Ready")),
  ]);
  expect(rows).toEqual([expect.stringMatching(/^shop .*Ready/)]);
});

test("objects are streamed as JSON, as YAML documents, and with what became of them", async () => {
  const script = [
    told("ADDED", inPhase("Ready")),
    all(),
    told("DELETED", inPhase("Ready")),
  ];
  const json = await watch("get se -w -o json", script);
  expect(json.out).toBe(
    `${JSON.stringify(inPhase("Ready"), undefined, 4)}\n`.repeat(2),
  );
  const yaml = await watch("get se -w -o yaml", script);
  expect(yaml.out.split("---\n")).toHaveLength(2);
  const events = await watch("get se -w -o json --output-watch-events", script);
  expect(JSON.parse(events.out.split("\n}\n")[1] + "\n}")).toEqual({
    type: "DELETED",
    object: inPhase("Ready"),
  });
  const table = await watch("get se -w --output-watch-events", script);
  expect(table.rows.map((row) => row.split(" ")[0])).toEqual([
    "EVENT",
    "ADDED",
    "DELETED",
  ]);
});

test("a restart is told in one line, and only what is otherwise after it", async () => {
  const { rows, err } = await watch(
    "get se -w -o json --output-watch-events",
    [
      told("ADDED", inPhase("Ready", "same")),
      told("ADDED", inPhase("Ready", "changed")),
      told("ADDED", inPhase("Ready", "gone")),
      all(),
      lost(),
    ],
    [
      told("ADDED", inPhase("Ready", "same")),
      told("ADDED", inPhase("Paused", "changed")),
      told("ADDED", inPhase("Ready", "new")),
      all(),
    ],
  );
  const became = rows.filter((row) => /^ {4}"type"|"name"/.test(row));
  expect(became.map((row) => /: "(.*?)"/.exec(row)?.[1])).toEqual(
    "ADDED same ADDED changed ADDED gone MODIFIED changed ADDED new DELETED gone".split(
      " ",
    ),
  );
  expect(err.split("\n").filter((line) => line !== "")).toEqual(
    Array(2).fill("the sidecar has ended or cannot be reached: waiting for it"),
  );
  expect(cli.sidecar.calls[1]).toBe(
    `watch sessions {"resourceVersion":"e.${version - 3}"}`,
  );
});

test("after a short loss, only what the sidecar tells is otherwise", async () => {
  const { rows } = await watch(
    "get se -w --no-headers",
    [told("ADDED", inPhase("Ready", "a")), all(), lost()],
    [told("ADDED", inPhase("Ready", "b")), all(false)],
  );
  expect(rows.map((row) => row.split(" ")[0])).toEqual(["a", "b"]);
});

test("one object is watched by its name, and must be there", async () => {
  const { err } = await watch("get session/nope -w", [all()]);
  expect(err).toBe('Error from server (NotFound): sessions "nope" not found\n');
  expect(cli.sidecar.calls).toEqual(['watch sessions {"name":"nope"}']);
});

test.each([
  ["get se,pa -w", "you may only specify a single resource type"],
  ["get se/a pa/b -w", "you may only specify a single resource type"],
  ["get se a b --watch-only", "resource collections - 2 resources were found"],
  ["get se --output-watch-events", "can only be used with --watch"],
])("%s is refused", async (line, message) => {
  const { out, err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect({ out, code }).toEqual({ out: "", code: 1 });
  expect(cli.sidecar.calls).toEqual([]);
});

test("what the sidecar refuses ends it at once", async () => {
  cli.sidecar.failure = lost();
  const { code, err } = await cli.run("get se -w");
  expect(code).toBe(1);
  expect(err).toContain("lost the connection to the server");
});
