import { beforeEach, expect, test } from "vitest";
import type { Session } from "../../sidecar/schema/session.js";
import { ago, aPause, aSession, condition } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});

test("everything about a session, with its pauses", async () => {
  cli.sidecar.sessionList = [
    aSession(
      "shop",
      { pauses: 1, phase: "Paused" },
      { ttl: "1h", env: { DEBUG: "1" }, command: ["run", "a b"] },
    ),
  ];
  cli.sidecar.pauseList = [aPause(), aPause("other", { session: "x" })];
  const { out, err, code } = await cli.run("describe session shop");
  expect(out).toBe(`Name:         shop
Created:      2026-05-04T11:57:55.000Z (2m5s ago)
Target:       shop
Containers:   demo-shop-1
Port:         8000
Match:        header:x-debug=alice
Priority:     0
When paused:  queue (other matched requests wait)
On exception: browser (an unhandled one opens Werkzeug's debugger)
Original:     keep (it goes on running)
TTL:          1h
Idle timeout: 8h (it ends when nobody has used it for so long)
Command:      run 'a b'
Environment:
  DEBUG=1
Phase:        Paused
Requests:     12 to the replica, 340 to the original
Replica:
  Container:    shop-replica
  Runtime:      python 3.11.2
  Server:       gunicorn 20.1.0
PIN:          123-456-789 (of the debugger in the browser)
Conditions:
  TYPE             STATUS   REASON   AGE   MESSAGE
  ReplicaCreated   True     Test     2m    replica shop-replica created
  Ready            True     Test     2m    requests are rerouted
Pauses:
  NAME       LOCATION                FUNCTION   REQUEST               VIEWERS   AGE
  3f9c2a1b   /app/shop/views.py:42   order      GET /orders/7?pdb=1   0         30s
Try:          send a request that matches, such as: curl -H 'x-debug: alice' http://YOUR-APP/
Attach:       sidestep attach session/shop
Events:       <none>
`);
  expect({ err, code }).toEqual({ err: "", code: 0 });
});

test("what is to become of waiting requests, probes and old connections", async () => {
  const probes = { paths: ["/alive"], userAgents: ["my-lb/*"] };
  cli.sidecar.sessionList = [
    aSession("shop", { oldConnections: 3 }, { maxWait: "30s", probes }),
  ];
  const { out } = await cli.run("describe session/shop");
  expect(out).toContain("Max wait:     30s (then a 504)\n");
  expect(out).toContain("Probes:\n  path=/alive\n  agent=my-lb/*\n");
  expect(out).toContain("Old conns:    3\n");
});

test("when it ends by itself, and its pauses", async () => {
  const shown = async (spec: Partial<Session["spec"]>) => {
    cli.sidecar.sessionList = [aSession("shop", {}, spec)];
    return (await cli.run("describe session/shop")).out;
  };
  expect(await shown({})).toContain("Idle timeout: 8h (it ends when nobody");
  const out = await shown({ idleTimeout: "never", maxPause: "10m" });
  expect(out).toContain("Idle timeout: never (it stays");
  expect(out).toContain("Max pause:    10m (then the thread goes on)\n");
});

test("without a debugger in the browser there is no PIN", async () => {
  const spec = { onException: "terminal" } as const;
  const session = aSession("shop", { pin: undefined }, spec);
  cli.sidecar.sessionList = [session];
  const { out } = await cli.run("describe session/shop");
  expect(out).toContain(
    "On exception: terminal (an unhandled one pauses, for post-mortem pdb)\n",
  );
  expect(out).not.toContain("PIN");
});

test("one that failed shows why and its last log lines", async () => {
  cli.sidecar.sessionList = [
    aSession("shop", {
      phase: "Failed",
      conditions: [condition("Ready", "False", "the replica exited with 3")],
      log: ["Traceback", "  ImportError: no \x1b[31mfoo"],
    }),
  ];
  const { out } = await cli.run("describe session/shop");
  expect(out).toContain("the replica exited with 3");
  expect(out).toContain(
    "Last log lines:\n  Traceback\n    ImportError: no \\u001b[31mfoo\n",
  );
  expect(out).not.toContain("Attach:");
});

test("the beginning of a name is enough; two are apart by two lines", async () => {
  cli.sidecar.sessionList = [aSession("shop-a"), aSession("shop-b")];
  const { out } = await cli.run("describe session shop");
  expect(out).toMatch(/^Name: +shop-a$/m);
  expect(out).toMatch(/\n\n\nName: +shop-b$/m);
  const one = await cli.run("describe session shop-b");
  expect(one.out).not.toContain("shop-a");
});

test("a pause: where, for whose request, and for how long that has waited", async () => {
  cli.sidecar.pauseList = [
    aPause("shop-1", {
      request: {
        method: "GET",
        path: "/orders/7",
        client: "172.18.0.5",
        since: ago(40),
        clientGone: true,
      },
    }),
    aPause("other"),
  ];
  const { out, code } = await cli.run("describe pause/shop-1");
  expect(out).toBe(`Name:         shop-1
Session:      shop
Reason:       breakpoint
Since:        2026-05-04T11:59:30.000Z (30s ago)
Location:     /app/shop/views.py:42 in order
Thread:       MainThread of process 12
Request:
  Line:         GET /orders/7
  Client:       172.18.0.5, which has gone: nobody waits for the answer
  Waiting:      40s, since 2026-05-04T11:59:20.000Z
Viewers:      0
Attach:       sidestep attach pause/shop-1
Continue:     sidestep continue pause/shop-1
`);
  expect(code).toBe(0);
});

test.each([
  [
    "describe",
    "error: You must specify what to describe: session NAME, target NAME, pause NAME, request NAME or breakpoint NAME.",
  ],
  [
    "describe session x",
    'Error from server (NotFound): sessions "x" not found',
  ],
  ["describe pause/x", 'Error from server (NotFound): pauses "x" not found'],
  ["describe target/x", 'Error from server (NotFound): targets "x" not found'],
])("%s is refused", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect(code).toBe(1);
});

test("by labels", async () => {
  cli.sidecar.sessionList = [aSession("a"), aSession("b")];
  cli.sidecar.sessionList[1]!.metadata.labels = { team: "red" };
  const { out } = await cli.run("describe sessions -l team=red");
  expect(out).toMatch(/^Name: +b$/m);
  expect(out).not.toMatch(/^Name: +a$/m);
});
