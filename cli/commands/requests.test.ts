import { beforeEach, expect, test } from "vitest";
import { aRequest } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.requestList = [
    aRequest("a-1"),
    aRequest(
      "a-2",
      {
        path: "/stop",
        state: "paused",
        pause: "shop-1",
        status: undefined,
        durationMs: undefined,
        answeredMs: undefined,
      },
      3,
    ),
    aRequest(
      "a-3",
      { state: "waiting", status: undefined, durationMs: undefined },
      2,
    ),
    aRequest("a-4", {
      session: undefined,
      route: "original",
      reason: "no session matches",
      durationMs: 3100,
    }),
  ];
});

test("requests: what was answered, what is paused, and what waits", async () => {
  const { out } = await cli.run("get requests");
  expect(out).toBe(
    [
      "NAME   SESSION   METHOD   PATH        ROUTE     STATUS            DURATION   AGE",
      "a-1    shop      GET      /orders/7   replica   200               12ms       30s",
      "a-2    shop      GET      /stop       replica   paused (shop-1)   <none>     3s",
      "a-3    shop      GET      /orders/7   replica   waiting           <none>     2s",
      "",
    ].join("\n"),
  );
});

test("unmatched ones are asked for, and it is said that they are recorded from now on", async () => {
  const { out, err } = await cli.run("get rq --unmatched -o wide --no-headers");
  expect(out).toMatch(
    /a-4 +<none> +GET +\/orders\/7 +original +200 +3.1s +30s +172.18.0.5 +90 +2048 +demo-shop-1 +no session matches\n$/,
  );
  expect(err).toMatch(/recorded from now on, for 30 s/);
  expect(cli.sidecar.calls).toEqual(["requests unmatched"]);
});

test("--unmatched is for requests only", async () => {
  const { err, code } = await cli.run("get pauses --unmatched");
  expect(err).toContain("--unmatched can only be used with requests");
  expect(code).toBe(1);
});

test("describe: why it was routed so, and its headers without secrets", async () => {
  cli.sidecar.requestList = [
    aRequest("a-1", {
      headers: [{ name: "Host", value: "shop" }, { name: "Authorization" }],
    }),
  ];
  const { out } = await cli.run("describe request a-1");
  expect(out).toMatch(/^Reason: +session shop: clause 1 matches$/m);
  expect(out).toMatch(/^ {2}Host: +shop$/m);
  expect(out).toMatch(/^ {2}Authorization: +\(not shown\)$/m);
  const other = await cli.run("describe request none");
  expect(other.err).toContain('requests "none" not found');
});
