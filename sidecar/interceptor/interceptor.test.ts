import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newCanary } from "../canary-secret.js";
import { canaryRequest } from "../schema/canary.js";
import {
  Client,
  eventually,
  ok,
  onRequests,
  startApp,
  Testbed,
} from "./testbed.js";

const matched = "X-Debug: alice\r\n";
const get = (target: string, headers = "") =>
  `GET ${target} HTTP/1.1\r\nHost: shop\r\n${headers}\r\n`;

let bed: Testbed;
/** Lets the requests go on that the apps have held back. */
let held: (() => void)[] = [];

beforeEach(async () => {
  held = [];
  const talk = (name: string) =>
    onRequests((target, socket) => {
      if (!target.startsWith("/held")) return ok(`${name}:${target}`);
      held.push(() => socket.write(ok(`${name}:${target}`)));
      return undefined;
    });
  bed = await new Testbed(
    await startApp(talk("original")),
    await startApp(talk("replica")),
  ).start();
});
afterEach(() => bed.stop());

describe("a canary request", () => {
  const seen = () => bed.messages.filter((m) => m.type === "canarySeen");

  test("is answered here, told once, and never passed on", async () => {
    const { id, secret } = newCanary("secret");
    const client = await Client.dial(bed.port);
    await client.send(canaryRequest(secret)).until("X-Sidestep: canary");
    await eventually(() => client.ended);
    expect(seen()).toEqual([{ type: "canarySeen", id, client: "127.0.0.1" }]);
    expect(bed.original.received.join("")).toBe("");
    expect(bed.replica.received.join("")).toBe("");
  });

  test("without the proof, or sent again, is a request like any other", async () => {
    const { secret } = newCanary("secret");
    const first = await Client.dial(bed.port);
    await first.send(canaryRequest(secret)).until("X-Sidestep: canary");
    for (const other of [secret, newCanary("another").secret, "no.proof"]) {
      const client = await Client.dial(bed.port);
      await client.send(canaryRequest(other)).until("original:*");
    }
    expect(seen()).toHaveLength(1);
  });
});

describe("the sidecar's word", () => {
  test("begins with hello, and a table is applied once the lease is taken", async () => {
    expect(bed.messages[0]).toEqual({
      type: "hello",
      token: "secret",
      pid: process.pid,
      port: bed.original.port,
      run: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
    });
    expect(bed.leased).toBe(true);
  });

  test("a table without routes ends the takeover and harms no connection", async () => {
    const client = await Client.dial(bed.port);
    await client.send(get("/1", matched)).until("replica:/1");
    bed.say({ type: "table", table: { version: 7, routes: [] } });
    await eventually(() =>
      bed.messages.some((m) => m.type === "applied" && m.version === 7),
    );
    expect(bed.leased).toBe(false);
    await client.send(get("/2", matched)).until("original:/2");
  });

  test("probes are answered", async () => {
    const { port } = bed.replica;
    bed.say({ type: "probe", id: 1, host: "127.0.0.1", port });
    const answered = (id: number) =>
      bed.messages.find((m) => m.type === "probed" && m.id === id);
    await eventually(() => answered(1) !== undefined);
    expect(answered(1)).toEqual({ type: "probed", id: 1, ok: true });
    bed.replica.close();
    bed.say({ type: "probe", id: 2, host: "127.0.0.1", port });
    await eventually(() => answered(2) !== undefined);
    expect(answered(2)).toMatchObject({ ok: false, error: "ECONNREFUSED" });
  });

  test("figures are told when they change", async () => {
    const client = await Client.dial(bed.port);
    await client.send(get("/1")).until("original:/1");
    await client.send(get("/2", matched)).until("replica:/2");
    client.send(get("/held", matched));
    await eventually(() =>
      bed.messages.some(
        (m) =>
          m.type === "stats" &&
          m.connections === 1 &&
          m.requests.original === 1 &&
          m.requests.shop === 2 &&
          m.inflight.shop === 1,
      ),
    );
  });
});

test("what is in flight is told before a table is said to be applied", async () => {
  const client = await Client.dial(bed.port);
  client.send(get("/held", matched));
  await eventually(() => held.length === 1);
  bed.messages.length = 0;
  await bed.route([{ path: "/none" }]);
  const told = bed.messages.filter((m) =>
    ["stats", "applied"].includes(m.type),
  );
  expect(told).toMatchObject([
    { type: "stats", inflight: { shop: 1 } },
    { type: "applied" },
  ]);
});

describe("losing the sidecar", () => {
  test("sends new requests to the original, lets running ones finish, and comes back", async () => {
    const running = await Client.dial(bed.port);
    running.send(get("/held", matched));
    await eventually(() => held.length === 1);
    const other = await Client.dial(bed.port);
    await other.send(get("/1", matched)).until("replica:/1");
    bed.sidecar.hangUp();
    await eventually(() => !bed.leased);
    await other.send(get("/2", matched)).until("original:/2");
    held[0]!();
    await running.until("replica:/held");
    const hellos = () => bed.messages.filter((m) => m.type === "hello").length;
    await bed.sidecar.listen();
    await eventually(() => hellos() === 2);
    expect(bed.leased).toBe(false);
    await bed.route([{ header: { "x-debug": "alice" } }]);
    expect(bed.leased).toBe(true);
    await other.send(get("/3", matched)).until("replica:/3");
  });

  test.each([
    "garbage",
    '{"type":"unknown"}',
    '{"type":"table","table":{"version":9,"routes":[{"session":"x","match":[{"colour":"red"}]}]}}',
    '{"type":"probe","id":1,"host":"x","port":"y"}',
    `"${"x".repeat(70_000)}`,
  ])("a sidecar that says %.40s is left and dialled again", async (line) => {
    const hellos = () => bed.messages.filter((m) => m.type === "hello").length;
    bed.say(line);
    await eventually(() => hellos() === 2);
    expect(bed.leased).toBe(false);
  });
});

describe("draining", () => {
  const drained = () => bed.messages.some((m) => m.type === "drained");

  test("closes what is at rest, and answers at once where there is nothing", async () => {
    const idle = await Client.dial(bed.port);
    await idle.send(get("/1")).until("original:/1");
    bed.say({ type: "drain" });
    await eventually(() => !bed.leased);
    await eventually(() => idle.ended, undefined, 10_000);
    await eventually(drained);
  });

  test("answers what was sent ahead before it asks to close", async () => {
    const client = await Client.dial(bed.port);
    await client.send(get("/1")).until("original:/1");
    bed.say({ type: "drain" });
    await eventually(() => !bed.leased);
    const post = (target: string) =>
      get(target, "Content-Length: 0\r\n").replace("GET", "POST");
    client.taken();
    client.send(post("/2") + post("/3") + get("/4", matched) + post("/5"));
    await client.until("original:/5");
    expect(client.text.match(/Connection: close/g)).toHaveLength(1);
    for (const answer of ["original:/2", "original:/3", "replica:/4"])
      expect(client.text).toContain(answer);
    await eventually(drained);
  });

  test("serves who sends now and then, and tells him to leave", async () => {
    const client = await Client.dial(bed.port);
    await client.send(get("/1")).until("original:/1");
    bed.say({ type: "drain" });
    await eventually(() => !bed.leased);
    // Longer than many servers would wait.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(client.ended).toBe(false);
    await client.send(get("/2")).until("original:/2");
    expect(client.text).toContain("Connection: close");
    await eventually(drained);
  });

  test("cuts what is still in use when the time is up, and says what it was", async () => {
    const busy = await Client.dial(bed.port);
    busy.send(get("/held-for-ever", matched));
    await eventually(() => held.length === 1);
    void bed.interceptor.stop(300);
    expect(await bed.event("ConnectionsCut")).toBe(
      "1 connections were in use 0.3 s after the session's end, and are closed: GET /held-for-ever from 127.0.0.1",
    );
    await eventually(() => busy.ended);
  });

  test.each(["", matched])(
    "asks busy connections to close at the next answer (%j)",
    async (headers) => {
      const busy = await Client.dial(bed.port);
      await busy.send(get("/1", headers)).until(":/1");
      busy.taken();
      busy.send(get("/held", headers));
      await eventually(() => held.length === 1);
      bed.say({ type: "drain" });
      await eventually(() => !bed.leased);
      expect(drained()).toBe(false);
      held[0]!();
      await eventually(() => busy.ended);
      expect(busy.text).toMatch(/\r\nConnection: close\r\n/);
      expect(busy.text).toContain(":/held");
      await eventually(drained);
    },
  );

  test("serves a connection that was just in use once more, then gives it back", async () => {
    const client = await Client.dial(bed.port);
    await client.send(get("/1")).until("original:/1");
    bed.say({ type: "drain" });
    await eventually(() => !bed.leased);
    await client.send(get("/2")).until("original:/2");
    expect(client.text).toContain("Connection: close");
    await eventually(() => client.ended);
  });
});
