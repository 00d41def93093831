import { expect, test } from "vitest";
import { aBreakpoint, aPause, aRequest, anEvent } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

/** Clears the screen, names the window, in two ways each; turns text round; is another line. */
const STEER =
  "\x1b[2J\u009b2J\x1b]0;gotcha\x07\u009d0;gotcha\u009c\u202efdp.exe\x7f\r";

/** What a terminal acts upon; a line end is ours. */
const ACTS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/** A sidecar whose replica has put that wherever it has a say. */
function hostile(): TestCli {
  const cli = new TestCli();
  const pause = aPause();
  const request = { method: STEER, path: `/${STEER}`, client: STEER };
  pause.status = {
    ...pause.status,
    reason: STEER,
    thread: STEER,
    location: { file: `/app/${STEER}.py`, line: 1, function: STEER },
    request,
  };
  cli.sidecar.pauseList = [pause];
  cli.sidecar.eventList = [
    anEvent("shop.1", { reason: STEER, message: `paused at ${STEER}` }),
  ];
  const breakpoint = aBreakpoint();
  breakpoint.status = {
    state: "Error",
    message: STEER,
    locations: [{ file: STEER, line: 1, function: STEER }],
    hits: 1,
  };
  cli.sidecar.breakpointList = [breakpoint];
  const seen = aRequest();
  seen.status = { ...seen.status, path: `/${STEER}`, reason: STEER };
  cli.sidecar.requestList = [seen];
  return cli;
}

test.each([
  "get pauses",
  "get pauses -o wide",
  "get pauses -o json",
  "get pauses -o yaml",
  "get pauses -o name",
  "get pauses -o jsonpath={.items[*].status.request.path}",
  "get pauses -o jsonpath={.items[*].status}",
  "get pauses -o custom-columns=AT:.status.location.file,OF:.status.request",
  "describe pauses",
  "get events",
  "get events -o yaml",
  "get events -o json",
  "events",
  "get breakpoints -o wide",
  "get breakpoints -o yaml",
  "describe breakpoints",
  "get requests -o wide",
  "get requests -o json",
  "describe requests",
])(
  "`%s` shows what a hostile replica tells, and it steers no terminal",
  async (line) => {
    const { out, err, code } = await hostile().run(line);
    expect([err, code]).toEqual(["", 0]);
    expect(out).not.toBe("");
    expect(out).not.toMatch(ACTS);
    if (!line.endsWith("name")) expect(out).toContain("gotcha");
  },
);

test.each(["json", "yaml"])(
  "-o %s is the same data all the same",
  async (format) => {
    const { out } = await hostile().run(`get pauses -o ${format}`);
    const { parse } = await import("yaml");
    const read = (format === "json" ? JSON.parse(out) : parse(out)) as {
      items: { status: { reason: string } }[];
    };
    expect(read.items[0]?.status.reason).toBe(STEER);
  },
);

test("an error that tells of it does not either, and keeps its lines", async () => {
  const cli = hostile();
  const { err, code } = await cli.run(["get", "pause", STEER]);
  expect(code).toBe(1);
  expect(err).toContain("gotcha");
  expect(err).not.toMatch(ACTS);
  expect(err.endsWith("\n")).toBe(true);
});
