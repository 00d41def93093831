import { expect, test } from "vitest";
import { aSession, aTarget } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

const described = async (
  order: string[],
  sessions: ReturnType<typeof aSession>[],
) => {
  const cli = new TestCli();
  cli.sidecar.targetList = [aTarget("shop", { sessions: order })];
  cli.sidecar.sessionList = sessions;
  const { out, err, code } = await cli.run("describe target shop");
  expect({ err, code }).toEqual({ err: "", code: 0 });
  return out;
};
const orders = { match: [{ path: "/orders/*" }], priority: 10 };
const every = { match: undefined };

test("the sessions in the order in which they are asked, and the rest", async () => {
  const out = await described(
    ["orders", "alice"],
    [aSession("alice"), aSession("other"), aSession("orders", {}, orders)],
  );
  expect(out).toBe(`Name:         shop
Created:      2026-05-04T07:00:00.000Z (5h ago)
Image:        demo-shop
State:        running
Containers:   demo-shop-1
Ports:        8000
Sessions:
  asked in this order; the first that matches takes the request
  ORDER   NAME     PRIORITY   MATCH                  PORT   PHASE   AGE
  1       orders   10         path=/orders/*         8000   Ready   2m5s
  2       alice    0          header:x-debug=alice   8000   Ready   2m5s
  everything else: the original
`);
});

test("without a session everything goes to the original", async () => {
  const out = await described([], [aSession("other")]);
  expect(out).toMatch(
    /^Sessions: +<none>\nRest: +everything goes to the original$/m,
  );
});

test("a session that takes everything, and those behind it", async () => {
  const sessions = [
    aSession("alice"),
    aSession("all", {}, every),
    aSession("late", {}, { match: orders.match, priority: -1 }),
  ];
  expect(await described(["alice", "all"], sessions)).toContain(
    "  everything else: all\n",
  );
  expect(await described(["alice", "all", "late"], sessions)).toContain(
    "  everything else: all; nothing is left for late\n",
  );
});

test("each port has an order of its own", async () => {
  const out = await described(
    ["alice", "admin"],
    [aSession("alice"), aSession("admin", { port: 9000 }, every)],
  );
  expect(out).toContain("  everything else on port 8000: the original\n");
  expect(out).toContain("  everything else on port 9000: admin\n");
});
