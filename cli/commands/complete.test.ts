import { beforeEach, expect, test } from "vitest";
import { noSidecar } from "../reach-errors.js";
import { aBreakpoint, aPause, aSession, aTarget } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.targetList = [aTarget("shop"), aTarget("other/app")];
  cli.sidecar.sessionList = [aSession("shop-a"), aSession("blue")];
  cli.sidecar.pauseList = [aPause("p1")];
  cli.sidecar.breakpointList = [aBreakpoint("shop-a-b1")];
});

/** What can come at the end of the line; a blank at its end begins a word. */
async function next(line: string): Promise<string[]> {
  const { out, err, code } = await cli.run([
    "__complete",
    "--",
    ...line.split(" "),
  ]);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  return out
    .split("\n")
    .filter(Boolean)
    .map((each) => each.split("\t")[0] ?? "");
}

test("commands, with what they do, but none that is hidden", async () => {
  const all = await next("");
  expect(all).toContain("get");
  expect(all).not.toContain("__complete");
  expect(await next("de")).toEqual(["debug", "describe", "delete"]);
  const { out } = await cli.run("__complete -- sta");
  expect(out).toMatch(/^stacks\t\w+/);
});

test.each([
  ["get s", ["sessions"]],
  ["get sessions,p", ["sessions,pauses"]],
  ["get sessions ", ["shop-a", "blue"]],
  ["get sessions s", ["shop-a"]],
  ["get se shop-a ", ["blue"]],
  ["get session/", ["session/shop-a", "session/blue"]],
  ["get session/shop-a pause/", ["pause/p1"]],
  ["--sidecar x get bp ", ["shop-a-b1"]],
  ["debug s", ["shop"]],
  ["debug shop ", []],
  ["attach ", ["pause/", "session/", ":nospace"]],
  ["attach pause/", ["pause/p1"]],
  ["continue ", ["pause/p1"]],
  ["logs session/b", ["session/blue"]],
  ["explain se", ["sessions"]],
  ["completion ", ["bash", "zsh", "fish"]],
  ["completion bash ", []],
  ["get sessions --so", ["--sort-by"]],
  [
    "get sessions -o js",
    ["json", "jsonpath=", "jsonpath-as-json=", "jsonpath-file=", ":nospace"],
  ],
  ["get sessions --output=y", ["--output=yaml"]],
  ["version -o ", ["json", "yaml"]],
  ["debug shop --original ", ["keep", "pause"]],
  ["debug shop --match he", ["header:", ":nospace"]],
  ["debug shop --no-wa", []],
  ["nope ", []],
  ["get nope x", []],
])("%s", async (line, words) => {
  expect(await next(line)).toEqual(words);
});

test("behind -- it is a command's, such as files", async () => {
  expect(await next("debug shop -- python ")).toEqual([":files"]);
});

test("without a sidecar there are no names, and no error", async () => {
  cli.notFound = noSidecar();
  expect(await next("get sessions ")).toEqual([]);
  expect(await next("get se")).toEqual(["sessions"]);
});

test("a sidecar that does not answer is not waited for", async () => {
  cli.sidecar.sessions = () => new Promise(() => {});
  expect(await next("get sessions ")).toEqual([]);
});
