import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { MatchClause } from "../schema/match.js";
import type { RouteFigures } from "../schema/wire.js";
import { openPlane, Plane, watchedBy } from "./plane.js";
import {
  Client,
  eventually,
  ok,
  onRequests,
  startApp,
  Testbed,
  type App,
} from "./testbed.js";

const get = (target: string, headers = "") =>
  `GET ${target} HTTP/1.1\r\nHost: shop\r\n${headers}\r\n`;

describe("what the lane in C looks for", () => {
  const watched = (...match: MatchClause[]) =>
    watchedBy({
      version: 1,
      routes: [
        {
          session: "shop",
          match,
          upstream: { host: "127.0.0.1", port: 1 },
          paused: false,
          whenPaused: "queue",
        },
      ],
    });

  test("is a header of each clause, or how its path begins", () => {
    expect(
      watched(
        { header: { "X-Debug": "a" }, path: "/" },
        { cookie: { a: "b" } },
        { path: "/orders/*", method: "POST" },
      ),
    ).toMatchObject({
      names: ["x-debug", "cookie"],
      prefixes: ["/orders/"],
    });
    expect(watched({ baggage: { a: "b" } })?.names).toEqual(["baggage"]);
  });

  test("is nothing, where every request may be matched", () => {
    expect(watched()).toBeUndefined();
    expect(watched({ header: { a: "b" } }, { path: "/**" })).toBeUndefined();
    expect(watched({ header: {} })).toBeUndefined();
    expect(watched({ method: "POST" })).toBeUndefined();
  });

  test("is not there for a client that a clause names, and all others' is", () => {
    const only = watched({ client: "10.0.0.0/8", method: "POST" });
    expect(only?.mayTake("/", "10.1.2.3")).toBe(false);
    expect(only?.mayTake("/", "::ffff:10.1.2.3")).toBe(false);
    expect(only?.mayTake("/", "192.0.2.1")).toBe(true);
  });
});

describe("the lane in C", () => {
  const lend = vi.spyOn(Plane.prototype, "lend");
  const LARGE = "x".repeat(3_000_000);
  let bed: Testbed;
  let client: Client;
  /** The app's sides of its connections. */
  let sockets: Socket[];

  /** How often a pair was left to it. */
  const lent = () =>
    lend.mock.results.filter(({ value }) => value !== undefined).length;

  const startOriginal = (): Promise<App> =>
    startApp((socket) => {
      sockets.push(socket);
      onRequests((target) => {
        if (target.startsWith("/held")) return undefined;
        if (target === "/half")
          return "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhal";
        return ok(target === "/large" ? LARGE : `original ${target}`);
      })(socket);
    });

  beforeEach(async () => {
    lend.mockClear();
    sockets = [];
    bed = await new Testbed(
      await startOriginal(),
      await startApp(onRequests((target) => ok(`replica ${target}`))),
    ).start();
    client = await Client.dial(bed.port);
    await client.send(get("/first")).until("original /first");
    await eventually(() => lent() === 1);
    client.taken();
  });
  afterEach(() => bed.stop());

  const unmatched = (): RouteFigures | undefined => {
    const told = bed.messages.findLast((m) => m.type === "figures");
    return told?.routes.find(
      ({ session, route }) => session === "" && route === "original",
    );
  };

  /** What of a session's table is in force is taken out of the lane. */
  const otherTable = () => bed.route([{ header: { "x-debug": "bob" } }]);

  test("has the second request of a connection, and gives back the one that matches", async () => {
    for (let i = 0; i < 5; i++) {
      client.taken();
      await client.send(get("/a")).until("original /a");
    }
    // It was lent once, so it was in JavaScript once only.
    expect(lend).toHaveBeenCalledTimes(1);
    client.send(get("/a", "X-Debug: alice\r\n"));
    await client.until("replica /a");
  });

  test("takes only the original's way what begins as no path of a clause does", async () => {
    await bed.route([{ path: "/orders/*" }]);
    await client.send(get("/a")).until("original /a");
    await eventually(() => lent() === 2);
    await client.send(get("/b")).until("original /b");
    expect(lent()).toBe(2);
    await client.send(get("/orders/1")).until("replica /orders/1");
    await client.send(get("/%6frders/2")).until("replica /%6frders/2");
  });

  test("a large answer is whole, though its client takes its time and the table changes meanwhile", async () => {
    client.socket.pause();
    client.send(get("/large"));
    // As much as the kernel takes has gone out of the app.
    let before = -1;
    await eventually(() => {
      const { bytesWritten = 0, writableLength = 0 } = sockets[0] ?? {};
      const gone = bytesWritten - writableLength;
      const stuck = gone > 0 && gone === before;
      before = gone;
      return stuck;
    });
    await otherTable();
    client.socket.resume();
    await client.until(ok(LARGE));
    expect(client.text).toBe(ok(LARGE));
    await client.send(get("/a")).until("original /a");
    await eventually(() => unmatched()?.ended[2] === 3);
    expect(unmatched()?.sent).toBe(
      ok("original /first").length +
        ok(LARGE).length +
        ok("original /a").length,
    );
  });

  test("a request whose answer is under way goes on when the table changes, and counts once", async () => {
    await client.send(get("/half")).until("hal");
    await otherTable();
    sockets[0]!.write("f-a");
    await client.until("half-a");
    client.send(get("/held"));
    await eventually(() => bed.original.received[0]!.includes("/held"));
    await otherTable();
    sockets[0]!.write(ok("late"));
    await client.until("late");
    await eventually(() => unmatched()?.ended[2] === 3);
    const { received, latencies } = unmatched()!;
    expect(received).toBe((get("/first") + get("/half") + get("/held")).length);
    expect(latencies.counts.reduce((a, b) => a + b)).toBe(3);
  });

  test("gives its connections back while somebody watches unmatched requests", async () => {
    bed.say({ type: "list", seconds: 30 });
    await eventually(() => {
      client.send(get("/seen"));
      return bed.messages.some(
        (m) => m.type === "seen" && m.requests.some((r) => r.path === "/seen"),
      );
    });
    const before = lent();
    client.taken();
    await client.send(get("/more")).until("original /more");
    expect(lent()).toBe(before);
  });

  test("what is at rest there is given back to the original when the session ends", async () => {
    bed.say({ type: "drain" });
    await eventually(() => !bed.leased);
    await client.send(get("/a")).until("original /a");
    expect(client.text).toMatch(/connection: close/i);
  });

  test.each([
    ["leaves", (socket: Socket) => socket.end(), "ended"],
    ["breaks", (socket: Socket) => socket.resetAndDestroy(), "closed"],
  ] as const)(
    "an app that %s at rest takes its client with it",
    async (_what, leave, saw) => {
      leave(sockets[0]!);
      await eventually(() => client[saw]);
    },
  );

  test.each([
    ["leaves", (socket: Socket) => socket.end()],
    ["breaks", (socket: Socket) => socket.resetAndDestroy()],
  ])(
    "an app that %s in the middle of an answer does so for its client",
    async (_what, leave) => {
      await client.send(get("/half")).until("hal");
      leave(sockets[0]!);
      await eventually(() => client.ended || client.closed);
      expect(client.text).toBe(
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhal",
      );
    },
  );

  test.each([
    ["at rest", "", (socket: Socket) => socket.end()],
    ["that breaks at rest", "", (socket: Socket) => socket.resetAndDestroy()],
    [
      "that breaks while it waits",
      get("/held"),
      (socket: Socket) => socket.resetAndDestroy(),
    ],
    [
      "that breaks in the middle",
      get("/half"),
      (socket: Socket) => socket.resetAndDestroy(),
    ],
  ])("a client %s is gone for the app, too", async (_what, request, leave) => {
    client.send(request);
    await eventually(() => bed.original.received[0]!.endsWith(request));
    if (request === get("/half")) await client.until("hal");
    leave(client.socket);
    await eventually(() => bed.original.open.size === 0);
  });

  test("a client that closes its half while it waits gets its answer", async () => {
    client.send(get("/held"));
    await eventually(() => bed.original.received[0]!.includes("/held"));
    client.socket.end();
    sockets[0]!.write(ok("late"));
    await client.until("late");
  });

  test("requests sent ahead are answered in order", async () => {
    client.send(
      get("/1") + get("/2") + get("/3", "X-Debug: alice\r\n") + get("/4"),
    );
    await client.until("original /4");
    expect(client.text).toBe(
      ok("original /1") +
        ok("original /2") +
        client.text.match(
          /HTTP.1.1 200 OK\r\n(?:(?!HTTP.1).)*replica .3/s,
        )?.[0] +
        ok("original /4"),
    );
  });

  test("many connections come and go, and each gets its own answers", async () => {
    const talk = async (index: number) => {
      const each = await Client.dial(bed.port);
      for (let n = 0; n < 20; n++) {
        const target = `/${index}-${n}`;
        const matched = (index + n) % 7 === 0;
        each.taken();
        each.send(get(target, matched ? "X-Debug: alice\r\n" : ""));
        await each.until(`${matched ? "replica" : "original"} ${target}`);
      }
      each.socket.destroy();
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => talk(index)));
    await eventually(() => unmatched()?.ended[2] === 1 + 800 - 114);
  });
});

describe("figures", () => {
  test("are the same with the lane in C and without", async () => {
    const withIt = await figuresOf(true);
    const without = await figuresOf(false);
    expect(withIt).toEqual(without);
    expect(withIt.ended).toEqual([0, 0, 25, 10, 10, 5]);
  });

  /** Of the same traffic: all but the times. */
  async function figuresOf(plane: boolean) {
    const lend = vi.spyOn(Plane.prototype, "lend");
    if (!plane) lend.mockReturnValue(undefined);
    const bed = await new Testbed(
      await startApp(
        onRequests((target) => {
          const status = target.slice(1, 4);
          if (status === "304") return "HTTP/1.1 304 Not Modified\r\n\r\n";
          return ok(target.repeat(500)).replace(
            "200 OK",
            `${status} Of ${target}`,
          );
        }),
      ),
      await startApp(onRequests((target) => ok(target))),
    ).start();
    const client = await Client.dial(bed.port);
    const statuses = [
      "200",
      "201",
      "304",
      "404",
      "204",
      "500",
      "299",
      "302",
      "400",
      "200",
    ];
    for (let n = 0; n < 50; n++) {
      const status = statuses[n % statuses.length]!;
      const target = `/${status}/${n}`;
      client.taken();
      if (status === "204") client.send(get(`/200/${n}`, "X-Debug: alice\r\n"));
      else client.send(get(target));
      await client.until(
        status === "304"
          ? "304 Not"
          : status === "204"
            ? `/200/${n}`
            : target.repeat(500),
      );
      if (status === "204") {
        client.taken();
        await client.send(get(`/200/${n}`)).until(`/200/${n}`.repeat(500));
      }
    }
    let figures: RouteFigures | undefined;
    let requests = 0;
    await eventually(() => {
      figures = bed.messages
        .findLast((m) => m.type === "figures")
        ?.routes.find(
          ({ session, route }) => session === "" && route === "original",
        );
      requests =
        bed.messages.findLast((m) => m.type === "stats")?.requests[
          "original"
        ] ?? 0;
      return (
        (figures?.ended.reduce((a, b) => a + b) ?? 0) === 50 && requests === 50
      );
    });
    const used = lend.mock.results.some(({ value }) => value !== undefined);
    expect(used).toBe(plane);
    lend.mockRestore();
    await bed.stop();
    const { ended, received, sent, latencies } = figures!;
    return {
      ended,
      received,
      sent,
      answered: latencies.counts.reduce((a, b) => a + b),
      requests,
    };
  }
});

test("that the lane in C cannot be loaded is said, and all works", async () => {
  const failed = openPlane("/no/such/plane.node");
  expect(failed).toBeInstanceOf(Error);
  const bed = await new Testbed(
    await startApp(onRequests((target) => ok(`original ${target}`))),
    await startApp(onRequests((target) => ok(`replica ${target}`))),
    200,
    "/no/such/plane.node",
  ).start();
  expect(await bed.event("SlowLane")).toContain("/no/such/plane.node");
  const client = await Client.dial(bed.port);
  for (const target of ["/1", "/2"])
    await client.send(get(target)).until(`original ${target}`);
  await bed.stop();
});
