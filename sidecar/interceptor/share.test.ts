import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Route } from "../schema/routing.js";
import { shareLinkOf } from "./share.js";
import { Client, ok, onRequests, startApp, Testbed } from "./testbed.js";

const SECRET = "of-alice_of-alice-of-ali";
const LINK = `sidestep-session=${SECRET}`;

const route = (session: string, share?: string): Route => ({
  session,
  share,
  match: [{ header: { "x-debug": session } }],
  upstream: { host: "10.0.0.9", port: 8000 },
  paused: false,
  whenPaused: "queue",
});
const routes = [route("bob"), route("alice", SECRET)];

const answerTo = (target: string, method = "GET", table = routes) =>
  shareLinkOf({ method, target, headers: [] }, table);

test("a link sets a cookie, and goes on to the same page", () => {
  expect(answerTo(`/orders/7?${LINK}`)).toEqual({
    session: "alice",
    location: "/orders/7",
    cookie: `sidestep-session=${SECRET}; Path=/; HttpOnly; SameSite=Lax`,
  });
});

test("`off` takes the cookie away", () => {
  expect(answerTo("/?a=1&sidestep-session=off")).toEqual({
    session: undefined,
    location: "/?a=1",
    cookie: "sidestep-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
  });
});

test.each([
  [`/?${LINK}`, "/"],
  [`/a?x=%20+&${LINK}&y`, "/a?x=%20+&y"],
  [`/a?x=1&${LINK}&${LINK}`, "/a?x=1"],
  [`/a?x=1?2&${LINK}`, "/a?x=1?2"],
  [`/a?${LINK}#there`, "/a"],
  [`http://shop/a?${LINK}`, "/a"],
  [`http://shop?${LINK}`, "/"],
  [`/caf\xe9?${LINK}`, "/caf%e9"],
  // Never to another site.
  [`//evil.test/a?${LINK}`, "/.//evil.test/a"],
  [`/\\evil.test/a?${LINK}`, "/./\\evil.test/a"],
  [`http://shop//evil.test?${LINK}`, "/.//evil.test"],
  ["//evil.test?sidestep-session=off", "/.//evil.test"],
])("%s goes on to %s", (target, location) => {
  expect(answerTo(target)?.location).toBe(location);
  expect(new URL(location, "http://shop").host).toBe("shop");
});

test.each<[string, string, Route[]?]>([
  ["/?sidestep-session=of-nobody", "GET"],
  ["/?sidestep-session=", "GET"],
  [`/${LINK}`, "GET"],
  [`/?my-${LINK}`, "GET"],
  [`/?${LINK}`, "POST"],
  ["/?sidestep-session=off", "GET", [route("bob")]],
  ["/?sidestep-session=undefined", "GET", [route("bob")]],
])("%s by %s is the app's", (target, method, table) => {
  expect(answerTo(target, method, table)).toBeUndefined();
});

describe("on a connection", () => {
  let bed: Testbed;
  beforeEach(async () => {
    const talk = (name: string) =>
      onRequests((target) => ok(`${name}:${target}`));
    const alice = [{ header: { "x-debug": "alice" } }];
    bed = await new Testbed(
      await startApp(talk("original")),
      await startApp(talk("replica")),
    ).start(alice, { share: SECRET });
  });
  afterEach(() => bed.stop());

  const request = (method: string, target: string, headers = "") =>
    `${method} ${target} HTTP/1.1\r\nHost: shop\r\n${headers}\r\n`;
  const cookie = `Cookie: theme=dark; ${LINK}\r\n`;

  test("the link is answered, the cookie takes the browser in, `off` lets it out", async () => {
    const client = await Client.dial(bed.port);
    await client.send(request("GET", "/a")).until("original:/a");
    client.taken();
    await client.send(request("GET", `/a?${LINK}`)).until("\r\n\r\n");
    expect(client.taken()).toBe(
      [
        "HTTP/1.1 303 See Other",
        "Content-Length: 0",
        "Location: /a",
        `Set-Cookie: ${LINK}; Path=/; HttpOnly; SameSite=Lax`,
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "X-Sidestep: session=shop",
        "Connection: keep-alive",
        "\r\n",
      ].join("\r\n"),
    );
    await client.send(request("GET", "/b", cookie)).until("replica:/b");
    await client.send(request("POST", "/c", cookie)).until("replica:/c");
    await client.send(request("GET", "/d")).until("original:/d");
    client.taken();
    client.send(request("HEAD", "/e?sidestep-session=off", cookie));
    await client.until("\r\n\r\n");
    expect(client.text).toContain("Set-Cookie: sidestep-session=; Max-Age=0;");
    expect(client.text).toContain("X-Sidestep: original");
    expect(client.taken()).toMatch(/\r\n\r\n$/);
    const seen = [...bed.original.received, ...bed.replica.received].join("");
    expect(seen).not.toContain(`?${LINK}`);
  });

  test("it ends with the session, and another one's is the app's", async () => {
    const client = await Client.dial(bed.port);
    await client.send(request("GET", "/1", cookie)).until("replica:/1");
    const alice = [{ header: { "x-debug": "alice" } }];
    await bed.route(alice, { share: "of-somebody-else" });
    await client.send(request("GET", "/2", cookie)).until("original:/2");
    const stale = request("GET", `/3?${LINK}`, cookie);
    await client.send(stale).until(`original:/3?${LINK}`);
  });

  test("a client that asked to close is left", async () => {
    const client = await Client.dial(bed.port);
    client.send(request("GET", `/?${LINK}`, "Connection: close\r\n"));
    await client.until("Connection: close");
    await client.until("\r\n\r\n");
  });

  test("a secret that is no token is refused with its table", async () => {
    const hellos = () => bed.messages.filter((m) => m.type === "hello").length;
    const bad = { ...route("x", "a; Path=/\r\nX: y") };
    bed.say({ type: "table", table: { version: 5, routes: [bad] } });
    await expect.poll(hellos).toBe(2);
  });
});
