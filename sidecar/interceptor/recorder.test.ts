import { afterEach, beforeEach, expect, test } from "vitest";
import type { RouteFigures, ToldRequest } from "../schema/wire.js";
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
beforeEach(async () => {
  const talk = (name: string) =>
    onRequests((target) =>
      target.startsWith("/held") ? undefined : ok(`${name}:${target}`),
    );
  bed = await new Testbed(
    await startApp(talk("original")),
    await startApp(talk("replica")),
  ).start();
});
afterEach(() => bed.stop());

const ALICE = [{ header: { "x-debug": "alice" } }];

/** The last that was told of each request, as lines. */
function seen(): string[] {
  const last = new Map<string, ToldRequest>();
  for (const message of bed.messages)
    if (message.type === "seen")
      for (const each of message.requests) last.set(each.id, each);
  return [...last.values()].map(({ path, route, state, status, session }) =>
    [path, session ?? "-", route, state, status].join(" ").trim(),
  );
}
const isSeen = (line: string) =>
  eventually(
    () => seen().includes(line),
    () => seen().join("; "),
  );

/** The last figures of a route. */
function figures(route: string, session = "shop"): RouteFigures | undefined {
  const last = bed.messages.findLast((m) => m.type === "figures");
  const routes = last?.type === "figures" ? last.routes : [];
  return routes.find(
    (each) => each.route === route && each.session === session,
  );
}
/** An exchange on a connection of its own. */
async function ask(request: string, until: string): Promise<Client> {
  const client = await Client.dial(bed.port);
  await client.send(request).until(until);
  return client;
}

test("of a matched request it is told where it went, how it was answered, and why", async () => {
  await ask(get("/1", `${matched}Authorization: hush\r\n`), "replica:/1");
  await isSeen("/1 shop replica ended 200");
  const message = bed.messages.find((m) => m.type === "seen");
  const [told] = message?.type === "seen" ? message.requests : [];
  expect(told).toMatchObject({
    method: "GET",
    client: "127.0.0.1",
    reason: "session shop: clause 1 matches",
    headers: [
      ["Host", "shop"],
      ["X-Debug", "alice"],
      ["Authorization", null],
    ],
  });
  expect(JSON.stringify(bed.messages)).not.toContain("hush");
});

test("one that waits is told at once, and one whose client has left", async () => {
  const client = await Client.dial(bed.port);
  client.send(get("/held", matched));
  await isSeen("/held shop replica waiting");
  client.socket.destroy();
  await isSeen("/held shop replica gone");
});

test("paused: refused, given to the original, and a health probe", async () => {
  await bed.route(ALICE, { paused: true, whenPaused: "reject" });
  await ask(get("/reject", matched), "503 Service Unavailable");
  const probes = { paths: ["/healthz"], userAgents: [] };
  await bed.route(ALICE, { paused: true, whenPaused: "original", probes });
  await ask(get("/paused", matched), "original:/paused");
  await ask(get("/healthz", matched), "original:/healthz");
  await isSeen("/reject shop reject ended 503");
  await isSeen("/paused shop original ended 200");
  await isSeen("/healthz shop probe ended 200");
});

test("a share link, whose secret is not told; and one that fell back", async () => {
  await bed.route(ALICE, { share: "Xyz" });
  await ask(get("/s?sidestep-session=Xyz"), "303 See Other");
  await isSeen("/s?sidestep-session=… shop share ended 303");
  bed.replica.close();
  await ask(get("/back", matched), "original:/back");
  await isSeen("/back shop original ended 200");
  expect(JSON.stringify(bed.messages)).not.toContain("=Xyz");
});

test("an upgrade that the replica cannot be reached for is refused in the session's name", async () => {
  bed.replica.close();
  const upgrade = `POST /ws HTTP/1.1\r\nHost: shop\r\n${matched}Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nhi`;
  const client = await ask(upgrade, "502 Bad Gateway");
  expect(client.text).toContain("X-Sidestep: session=shop\r\n");
  await isSeen("/ws shop replica ended 502");
});

test("unmatched ones are counted, in both lanes, and told only while that was asked for", async () => {
  const client = await Client.dial(bed.port);
  await client.send(get("/1")).until("original:/1");
  await client.send(get("/2")).until("original:/2");
  const other = await Client.dial(bed.port);
  // No plain head, so not the fast lane's.
  await other
    .send(get("/slow", "Expect: 100-continue\r\n"))
    .until("original:/slow");
  await eventually(() => (figures("original", "")?.ended[2] ?? 0) >= 3);
  expect(seen()).toEqual([]);
  bed.say({ type: "list", seconds: 30 });
  // The sidecar's word and a client's come by different ways.
  await eventually(() => {
    client.send(get("/3"));
    return seen().some((line) => line.startsWith("/3 - original ended 200"));
  });
  bed.say({ type: "list", seconds: 0 });
});

test("figures are exact: requests, bytes both ways, latencies", async () => {
  const request = get("/1", matched);
  const plain = get("/1");
  const first = await Client.dial(bed.port);
  for (let n = 1; n <= 5; n++) {
    first.send(plain);
    await eventually(() => first.text.split("original:/1").length === n + 1);
  }
  const second = await ask(request, "replica:/1");
  await eventually(
    () =>
      figures("original", "")?.ended[2] === 5 &&
      figures("replica")?.ended[2] === 1,
  );
  expect(figures("original", "")).toMatchObject({
    received: plain.length * 5,
    sent: first.text.length,
  });
  expect(figures("replica")).toMatchObject({
    received: request.length,
    sent: second.text.length,
  });
  const sum = (counts: number[] = []) => counts.reduce((a, b) => a + b, 0);
  expect(sum(figures("original", "")?.latencies.counts)).toBe(5);
  expect(sum(figures("replica")?.latencies.counts)).toBe(1);
});
