import {
  constants,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Client,
  eventually,
  ok,
  onRequests,
  startApp,
  Testbed,
  type App,
} from "../testbed.js";
import {
  ask,
  collect,
  dialHttp2,
  startHttp2,
  type Http2App,
} from "../testing/http2-app.js";

const matched = { "x-debug": "alice" };
const GRPC = { ":method": "POST", "content-type": "application/grpc" };

let bed: Testbed;
let original: Http2App;
let replica: Http2App;
let client: ClientHttp2Session;
/** Streams that an app holds back. */
let held: ServerHttp2Stream[];

/** Answers with its name and the path, or as the path says. */
const talk =
  (name: string) =>
  (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const path = headers[":path"] ?? "";
    if (path.startsWith("/held")) return void held.push(stream);
    if (path.startsWith("/echo")) {
      stream.respond({ ":status": 200 });
      return void stream.pipe(stream);
    }
    if (path.startsWith("/rst/")) return stream.close(Number(path.slice(5)));
    if (path.startsWith("/grpc")) {
      let trailers: IncomingHttpHeaders = {};
      stream.on("trailers", (each) => (trailers = each));
      let body = "";
      stream.on("data", (bytes: Buffer) => (body += bytes.toString()));
      stream.on("end", () => {
        stream.respond(
          { ":status": 200, "content-type": "application/grpc" },
          { waitForTrailers: true },
        );
        stream.on("wantTrailers", () =>
          stream.sendTrailers({
            "grpc-status": "0",
            "grpc-message": `${name} got ${String(trailers["x-sum"])}`,
          }),
        );
        stream.end(`${name}:${body}`);
      });
      return;
    }
    stream.respond({ ":status": 200 });
    stream.end(`${name}:${path}`);
  };

beforeEach(async () => {
  held = [];
  original = await startHttp2(talk("original"));
  replica = await startHttp2(talk("replica"));
  bed = await new Testbed(original, replica).start();
  client = await dialHttp2(bed.port);
});
afterEach(async () => {
  client.destroy();
  await bed.stop();
});

const routed = (message: { type: string }) => message.type === "event";

describe("the streams of one connection", () => {
  test("are routed one by one, at the same time", async () => {
    const paths = Array.from({ length: 40 }, (_, i) => `/${i}`);
    const seen = await Promise.all(
      paths.map((path, i) =>
        ask(client, { ":path": path, ...(i % 2 ? matched : {}) }),
      ),
    );
    seen.forEach(({ body, headers, status, code }, i) => {
      expect(body).toBe(`${i % 2 ? "replica" : "original"}:/${i}`);
      expect(headers["x-sidestep"]).toBe(i % 2 ? "session=shop" : undefined);
      expect([status, code]).toEqual([200, 0]);
    });
    expect(original.sessions).toHaveLength(1);
    expect(replica.sessions).toHaveLength(1);
    expect(bed.messages.filter(routed)).toEqual([]);
  });

  test("reach the original with their header fields as sent, and in that order", async () => {
    const sent = {
      ":method": "PUT",
      ":path": "/a//b?q=%41",
      ":authority": "shop.example",
      "x-b": "1",
      "x-a": ["1", "2"],
      "x-latin": "caf\xe9",
      cookie: ["a=1", "b=2"],
      "x-forwarded-for": "192.0.2.1",
      "x-sidestep-request": "theirs",
      te: "trailers",
    };
    const direct = await dialHttp2(original.port);
    await ask(direct, sent, "body");
    await ask(client, sent, "body");
    const [first, second] = original.heads;
    expect(second).toEqual(first);
    direct.destroy();
  });

  test("reach the replica with whom they come from, and their number", async () => {
    await ask(client, { ":path": "/1", ...matched, "x-forwarded-for": "a, b" });
    const head = replica.heads[0]!;
    expect(head[head.indexOf("x-forwarded-for") + 1]).toBe("a, b, 127.0.0.1");
    expect(head[head.indexOf("x-sidestep-request") + 1]).toMatch(/^\w+-\d+$/);
  });

  test("without :authority keep their Host, and match by it", async () => {
    await bed.route([{ header: { host: "shop.example" } }]);
    const { body } = await ask(client, { host: "shop.example" });
    expect(body).toBe("replica:/");
    expect(replica.heads[0]).not.toContain(":authority");
    const other = await ask(client, { ":authority": "shop.example" });
    expect(other.body).toBe("replica:/");
  });

  test("may have a field twice that may be there once", async () => {
    const app = await startApp(() => undefined);
    const raw = await Client.dial(bed.port);
    // HPACK by hand: two literals of `etag` behind a GET of `/`.
    const literal = "\x00\x04etag\x01";
    const block = `\x82\x86\x84\x41\x01a${literal}x${literal}y`;
    raw.send(PREFACE + frame(4, 0, 0) + frame(1, 5, 1, block));
    await eventually(() => original.heads.length === 1);
    const head = original.heads[0]!;
    expect(head[head.indexOf("etag") + 1]).toBe("x, y");
    raw.socket.destroy();
    app.close();
  });
});

describe.each([
  ["the original", {}],
  ["the replica", matched],
])("a stream to %s", (who, headers) => {
  const name = who.slice(4);

  test("brings bodies and trailers both ways, as gRPC needs it", async () => {
    const stream = client.request(
      { ...GRPC, ":path": "/grpc", ...headers },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "42" }));
    const seen = collect(stream);
    stream.end("hello");
    const { body, trailers, code } = await seen;
    expect(body).toBe(`${name}:hello`);
    expect(trailers).toMatchObject({
      "grpc-status": "0",
      "grpc-message": `${name} got 42`,
    });
    expect(code).toBe(0);
  });

  test("may be answered by trailers alone", async () => {
    const seen = ask(client, { ...GRPC, ":path": "/held", ...headers }, "");
    await eventually(() => held.length === 1);
    held[0]!.respond(
      { ":status": 200, "grpc-status": "12" },
      { endStream: true },
    );
    expect(await seen).toMatchObject({
      headers: { "grpc-status": "12" },
      body: "",
      code: 0,
    });
  });

  test("talks both ways at the same time, and each side closes its half", async () => {
    const stream = client.request({
      ":method": "POST",
      ":path": "/echo",
      ...headers,
    });
    const seen = collect(stream);
    let text = "";
    stream.on("data", (bytes: Buffer) => (text += bytes.toString()));
    for (const word of ["one ", "two ", "three "]) {
      stream.write(word);
      await eventually(() => text.endsWith(word));
    }
    stream.end();
    expect(await seen).toMatchObject({ body: "one two three ", code: 0 });
  });

  test("gets interim answers", async () => {
    const seen = ask(client, { ":path": "/held", ...headers });
    await eventually(() => held.length === 1);
    held[0]!.additionalHeaders({ ":status": 103, link: "</a.css>" });
    held[0]!.additionalHeaders({ ":status": 102 });
    held[0]!.respond({ ":status": 204 });
    held[0]!.end();
    const { interim, status } = await seen;
    expect(interim.map((each) => each[":status"])).toEqual([103, 102]);
    expect(interim[0]!.link).toBe("</a.css>");
    expect(status).toBe(204);
  });

  test.each([1, 2, 7, 8, 11])(
    "is reset with code %i by the app",
    async (code) => {
      const seen = await ask(client, { ":path": `/rst/${code}`, ...headers });
      expect(seen).toMatchObject({ code, status: undefined });
    },
  );

  test.each([2, 5, 8])("is reset with code %i by the client", async (code) => {
    const stream = client.request(
      { ":method": "POST", ":path": "/held", ...headers },
      { endStream: false, waitForTrailers: true },
    );
    const seen = collect(stream);
    stream.write("half");
    await eventually(() => held.length === 1);
    let ended = false;
    held[0]!.on("end", () => (ended ||= held[0]!.rstCode === 0));
    held[0]!.resume();
    stream.close(code);
    await seen;
    await eventually(() => held[0]!.closed);
    expect(held[0]!.rstCode).toBe(code);
    expect(ended).toBe(false);
  });

  test("that is reset in the middle of its answer does not look whole", async () => {
    const seen = ask(client, { ":path": "/held", ...headers });
    await eventually(() => held.length === 1);
    held[0]!.respond({ ":status": 200 }, { waitForTrailers: true });
    held[0]!.write("half");
    await new Promise((resolve) => setImmediate(resolve));
    held[0]!.close(constants.NGHTTP2_INTERNAL_ERROR);
    const { code, status } = await seen;
    expect([code, status]).toEqual([2, 200]);
  });

  test("may be answered before it is sent, and the rest is not wanted", async () => {
    const stream = client.request(
      { ":method": "POST", ":path": "/held", ...headers },
      { endStream: false },
    );
    const seen = collect(stream);
    stream.write("some");
    await eventually(() => held.length === 1);
    held[0]!.respond({ ":status": 413 });
    held[0]!.end("too much");
    held[0]!.once("finish", () => held[0]!.close(0));
    expect(await seen).toMatchObject({
      status: 413,
      body: "too much",
      whole: true,
      code: 0,
    });
  });

  test("HEAD has no body", async () => {
    const seen = ask(client, {
      ":method": "HEAD",
      ":path": "/held",
      ...headers,
    });
    await eventually(() => held.length === 1);
    held[0]!.respond({ ":status": 200, "content-length": "5" });
    expect(await seen).toMatchObject({
      headers: { "content-length": "5" },
      body: "",
      code: 0,
    });
  });

  test("is given up when its client goes", async () => {
    void ask(client, { ":path": "/held", ...headers });
    await eventually(() => held.length === 1);
    client.destroy();
    await eventually(() => held[0]!.closed);
    await eventually(() => original.open.size + replica.open.size === 0);
  });

  test("holds the sender back at the pace of its reader, and no other stream", async () => {
    const slow = client.request(
      { ":method": "POST", ":path": "/held", ...headers },
      { endStream: false },
    );
    void collect(slow);
    const chunk = Buffer.alloc(65536, "x");
    let sent = 0;
    const pump = () => {
      while (sent < 32e6) {
        sent += chunk.length;
        if (!slow.write(chunk)) return void slow.once("drain", pump);
      }
    };
    pump();
    await eventually(() => held.length === 1);
    let before = -1;
    let unchanged = 0;
    await eventually(() => {
      unchanged = sent === before ? unchanged + 1 : 0;
      before = sent;
      return unchanged > 30;
    });
    expect(sent).toBeLessThan(4e6);
    // The same connections still serve others.
    const others = await Promise.all([
      ask(client, { ":path": "/1" }),
      ask(client, { ":path": "/2", ...matched }),
    ]);
    expect(others.map(({ body }) => body)).toEqual([
      "original:/1",
      "replica:/2",
    ]);
    let came = 0;
    held[0]!.on("data", (bytes: Buffer) => (came += bytes.length));
    await eventually(() => came >= 32e6, undefined, 30_000);
    slow.close();
  });

  test("holds the app back at the pace of the client", async () => {
    const stream = client.request({ ":path": "/held", ...headers });
    stream.on("error", () => undefined);
    await eventually(() => held.length === 1);
    const app = held[0]!;
    app.respond({ ":status": 200 });
    const chunk = Buffer.alloc(65536, "x");
    let sent = 0;
    const pump = () => {
      while (sent < 32e6) {
        sent += chunk.length;
        if (!app.write(chunk)) return void app.once("drain", pump);
      }
      app.end();
    };
    pump();
    let before = -1;
    let unchanged = 0;
    await eventually(() => {
      unchanged = sent === before ? unchanged + 1 : 0;
      before = sent;
      return unchanged > 30;
    });
    expect(sent).toBeLessThan(4e6);
    let came = 0;
    stream.on("data", (bytes: Buffer) => (came += bytes.length));
    await eventually(() => came === sent && sent >= 32e6, undefined, 30_000);
  });
});

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** A frame of HTTP/2, as Latin-1. */
function frame(type: number, flags: number, stream: number, body = ""): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString("latin1") + body;
}

describe("a client that does not keep to it", () => {
  test.each([
    [
      "a frame that is too large",
      `${frame(4, 0, 0)}\xff\xff\xff\0\0\0\0\0\x01`,
    ],
    ["DATA on stream 0", frame(4, 0, 0) + frame(0, 0, 0, "x")],
    [
      "a header block that is none",
      frame(4, 0, 0) + frame(1, 5, 1, "\xff\xff\xff\xff\xff"),
    ],
    ["an even stream", frame(4, 0, 0) + frame(1, 5, 2, "\x82\x86\x84")],
    ["no SETTINGS at first", frame(6, 0, 0, "12345678")],
    ["HTTP/1 behind the preface", "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"],
  ])("%s: is told so and left, and others are served", async (_what, bytes) => {
    const raw = await Client.dial(bed.port);
    raw.send(PREFACE + bytes);
    // By a GOAWAY with an error, or the connection's end.
    await eventually(
      () =>
        raw.ended || raw.closed || /\x07\0{5}.{4}\0{3}[^\0]/s.test(raw.text),
      () => JSON.stringify(raw.text),
    );
    raw.socket.end();
    const { body } = await ask(client, { ":path": "/1", ...matched });
    expect(body).toBe("replica:/1");
    expect((await ask(client, { ":path": "/2" })).body).toBe("original:/2");
    expect(bed.messages.filter(routed)).toEqual([]);
  });

  test("a preface in many pieces is one", async () => {
    const raw = await Client.dial(bed.port);
    raw.socket.setNoDelay(true);
    for (const byte of PREFACE + frame(4, 0, 0)) {
      raw.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    raw.send(frame(1, 5, 1, "\x82\x86\x84\x41\x01a"));
    await eventually(() => original.heads.length === 1);
    raw.socket.destroy();
  });

  test("what only begins like HTTP/2 is spliced", async () => {
    const plain = await startApp((socket) => socket.write("hello"));
    bed.original.close();
    const bare = await new Testbed(plain, replica).start();
    const raw = await Client.dial(bare.port);
    raw.send("PRI * HTTP/3.0\r\n\r\n");
    await raw.until("hello");
    await eventually(() => plain.received[0] === "PRI * HTTP/3.0\r\n\r\n");
    plain.close();
    await bare.interceptor.stop(0);
  });
});

describe("what the app says of the connection", () => {
  test("its limits are the client's", async () => {
    const limited = await startHttp2(talk("original"), {
      settings: { maxConcurrentStreams: 7, enableConnectProtocol: true },
    });
    const other = await new Testbed(limited, replica).start();
    const mine = await dialHttp2(other.port);
    expect(mine.remoteSettings).toMatchObject({
      maxConcurrentStreams: 7,
      enableConnectProtocol: true,
    });
    mine.destroy();
    await other.stop();
  });

  test("a GOAWAY reaches the client, and streams that it has are served", async () => {
    const seen = ask(client, { ":path": "/held" });
    await eventually(() => held.length === 1);
    const told = new Promise((resolve) => client.once("goaway", resolve));
    original.sessions[0]!.close();
    expect(await told).toBe(0);
    held[0]!.respond({ ":status": 200 });
    held[0]!.end("late");
    expect(await seen).toMatchObject({ body: "late", code: 0 });
    await eventually(() => client.destroyed);
  });

  test("that it is gone ends its streams, but not the replica's", async () => {
    const lost = ask(client, { ":path": "/held/1" });
    const kept = ask(client, { ":path": "/held/2", ...matched });
    await eventually(() => held.length === 2);
    for (const socket of original.open) socket.destroy();
    expect((await lost).status).toBeUndefined();
    expect((await lost).code).not.toBe(0);
    const { stream } = { stream: held.find((each) => !each.closed)! };
    stream.respond({ ":status": 200 });
    stream.end("kept");
    expect(await kept).toMatchObject({ body: "kept", code: 0 });
    await eventually(() => client.destroyed);
  });

  test("pings are answered", async () => {
    await new Promise<void>((resolve, reject) =>
      client.ping((error) => (error ? reject(error) : resolve())),
    );
  });
});

describe("a WebSocket in a stream (RFC 8441)", () => {
  test("goes to whom it matches", async () => {
    const echo = (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": 200 });
      stream.pipe(stream);
    };
    const options = { settings: { enableConnectProtocol: true } };
    const apps = [
      await startHttp2(echo, options),
      await startHttp2(echo, options),
    ] as const;
    const other = await new Testbed(apps[0], apps[1]).start();
    const mine = await dialHttp2(other.port);
    for (const headers of [{}, matched]) {
      const stream = mine.request(
        {
          ":method": "CONNECT",
          ":protocol": "websocket",
          ":path": "/ws",
          ...headers,
        },
        { endStream: false },
      );
      const seen = collect(stream);
      stream.end("\x81\x05hello");
      expect(await seen).toMatchObject({ status: 200, code: 0 });
    }
    for (const app of apps) {
      expect(app.heads).toHaveLength(1);
      expect(app.heads[0]).toContain("websocket");
    }
    mine.destroy();
    await other.stop();
  });
});

describe("a replica", () => {
  test("that does not speak HTTP/2 leaves its streams to the original, bodies too", async () => {
    const http1 = await startApp((socket) =>
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    await bed.route([{ header: matched }], {
      upstream: { host: "127.0.0.1", port: http1.port },
    });
    const { body } = await ask(
      client,
      { ...GRPC, ":path": "/grpc", ...matched },
      "hello",
    );
    expect(body).toBe("original:hello");
    expect(await bed.event("ReplicaUnreachable")).toContain(
      "does not speak HTTP/2",
    );
    http1.close();
  });

  test("that is not there, too", async () => {
    replica.close();
    const { body } = await ask(client, { ":path": "/1", ...matched });
    expect(body).toBe("original:/1");
    expect(await bed.event("ReplicaUnreachable")).toContain("ECONNREFUSED");
  });

  test("that dies over a request: what is safe goes to the original", async () => {
    const seen = ask(client, { ":path": "/held", ...matched });
    await eventually(() => held.length === 1);
    for (const socket of replica.open) socket.destroy();
    await eventually(() => held.length === 2);
    held[1]!.respond({ ":status": 200 });
    held[1]!.end("original");
    expect(await seen).toMatchObject({ body: "original", code: 0 });
  });

  test("that dies over a request with a body: the client is told", async () => {
    for (const [more, expected] of [
      [{ ":method": "POST" }, { status: 502 }],
      [GRPC, { status: 200, headers: { "grpc-status": "14" } }],
    ] as const) {
      held = [];
      const seen = ask(client, { ":path": "/held", ...matched, ...more }, "x");
      await eventually(() => held.length === 1);
      for (const socket of replica.open) socket.destroy();
      expect(await seen).toMatchObject(expected);
      expect((await seen).headers["x-sidestep"]).toBe("session=shop");
    }
  });

  test("is asked on a new connection after it has left, and left when idle", async () => {
    await ask(client, { ":path": "/1", ...matched });
    replica.sessions[0]!.close();
    await eventually(() => replica.open.size === 0);
    const { body } = await ask(client, { ":path": "/2", ...matched });
    expect(body).toBe("replica:/2");
    await eventually(() => replica.open.size === 0);
    expect(client.destroyed).toBe(false);
  });

  test("makes a matched stream visible while it waits, and marks one whose client has gone", async () => {
    const stream = client.request({ ":path": "/held", ...matched });
    const seen = collect(stream);
    await eventually(() => held.length === 1);
    const listed = (path: string, gone: boolean) => () =>
      bed.messages.some(
        (m) =>
          m.type === "requests" &&
          m.requests.some(
            (each) =>
              each.path === path && each.method === "GET" && each.gone === gone,
          ),
      );
    await eventually(listed("/held", false));
    await eventually(() =>
      bed.messages.some((m) => m.type === "stats" && m.inflight.shop === 1),
    );
    stream.close(8);
    await seen;
    await eventually(listed("/held", true));
    await eventually(() =>
      bed.messages.some((m) => m.type === "stats" && !m.inflight.shop),
    );
  });

  test("while paused: refused, left to the original, or timed out", async () => {
    const route = [{ header: matched }];
    await bed.route(route, { paused: true, whenPaused: "reject" });
    expect(await ask(client, matched)).toMatchObject({
      status: 503,
      headers: { "x-sidestep": "paused; session=shop", "retry-after": "5" },
    });
    expect(await ask(client, { ...GRPC, ...matched }, "")).toMatchObject({
      headers: { "grpc-status": "14", "x-sidestep": "paused; session=shop" },
    });
    await bed.route(route, { paused: true, whenPaused: "original" });
    expect((await ask(client, matched)).body).toBe("original:/");
    await bed.route(route, {
      paused: true,
      maxWait: 100,
      probes: { paths: ["/healthz"], userAgents: [] },
    });
    expect(await ask(client, { ":path": "/held", ...matched })).toMatchObject({
      status: 504,
      headers: { "x-sidestep": "paused; session=shop" },
    });
    await eventually(() => held[0]!.closed);
    expect((await ask(client, { ":path": "/healthz", ...matched })).body).toBe(
      "original:/healthz",
    );
  });
});

test("a share link is answered, and its cookie takes the stream in", async () => {
  const share = "A".repeat(22);
  await bed.route([{ path: "/none" }], { share });
  const { status, headers } = await ask(client, {
    ":path": `/a?sidestep-session=${share}`,
  });
  expect([status, headers.location]).toEqual([303, "/a"]);
  const cookie = headers["set-cookie"]![0]!.split(";")[0]!;
  const { body } = await ask(client, {
    ":path": "/a",
    cookie: ["x=1", cookie],
  });
  expect(body).toBe("replica:/a");
});

describe("an original", () => {
  test("that does not speak HTTP/2 says so itself, on one connection", async () => {
    const http1 = await startApp((socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n"),
      );
    });
    const other = await new Testbed(http1, replica).start();
    const raw = await Client.dial(other.port);
    raw.send(PREFACE + frame(4, 0, 0));
    await raw.until("505 HTTP Version Not Supported");
    await eventually(() => raw.ended);
    expect(http1.received.at(-1)).toBe(PREFACE + frame(4, 0, 0));
    raw.socket.end();
    await other.stop();
  });

  test("that is frozen does not keep matched streams waiting", async () => {
    const frozen: App = await startApp(() => undefined);
    const other = await new Testbed(frozen, replica).start([]);
    const mine = await dialHttp2(other.port);
    expect((await ask(mine, { ":path": "/1" })).body).toBe("replica:/1");
    mine.destroy();
    await other.stop();
  });

  test("of a client that no session can mean gets its bytes as they are", async () => {
    const http1 = await startApp(onRequests(() => ok("?")));
    const other = await new Testbed(http1, replica).start([
      { client: "192.0.2.1" },
    ]);
    const raw = await Client.dial(other.port);
    raw.send(PREFACE + frame(4, 0, 0));
    await eventually(() => http1.received[0] === PREFACE + frame(4, 0, 0));
    raw.socket.destroy();
    await other.stop();
  });
});

describe("going back", () => {
  const drained = () => bed.messages.some((m) => m.type === "drained");

  test("tells the client to leave, serves what it has and what crosses, and fails nothing", async () => {
    const before = [
      ask(client, { ":path": "/held/1" }),
      ask(client, { ":path": "/held/2", ...matched }),
    ];
    await eventually(() => held.length === 2);
    const lasts: number[] = [];
    client.on("goaway", (_code, last: number) => lasts.push(last));
    bed.say({ type: "drain" });
    await eventually(() => lasts.length > 0);
    expect(lasts[0]).toBe(3);
    expect(drained()).toBe(false);
    for (const stream of held) {
      stream.respond({ ":status": 200 });
      stream.end("late");
    }
    for (const { body, code } of await Promise.all(before))
      expect([body, code]).toEqual(["late", 0]);
    await eventually(drained);
  });

  test("a request that crosses the word is not run, and the word says so", async () => {
    const raw = await Client.dial(bed.port);
    const request = "\x82\x86\x44\x05/held\x41\x01a";
    raw.send(PREFACE + frame(4, 0, 0) + frame(1, 5, 1, request));
    await eventually(() => held.length === 1);
    client.destroy();
    bed.say({ type: "drain" });
    await raw.until(frame(7, 0, 0, "\0\0\0\x01\0\0\0\0"));
    raw.send(frame(1, 5, 3, request));
    held[0]!.respond({ ":status": 200 });
    held[0]!.end("late");
    await eventually(() => raw.ended);
    expect(raw.text).toContain("late");
    raw.socket.end();
    await eventually(drained);
    expect(held).toHaveLength(1);
  });

  test("a connection at rest is served once more, or left", async () => {
    bed.say({ type: "drain" });
    await eventually(() => !bed.leased);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await ask(client, { ":path": "/1", ...matched })).body).toBe(
      "replica:/1",
    );
    await eventually(() => client.destroyed);
    await eventually(drained);
  });

  test("a connection at rest is left", async () => {
    let last = -1;
    client.on("goaway", (_code, id: number) => (last = id));
    void bed.interceptor.stop(1_000);
    await eventually(() => client.destroyed);
    expect(last).toBe(0);
    expect(bed.messages.filter(routed)).toEqual([]);
  });

  test("what is still in use when the time is up is named and cut", async () => {
    void ask(client, { ":path": "/held/for/ever" });
    await eventually(() => held.length === 1);
    void bed.interceptor.stop(300);
    expect(await bed.event("ConnectionsCut")).toContain(
      "GET /held/for/ever from 127.0.0.1",
    );
    await eventually(() => client.destroyed);
    await eventually(() => original.open.size === 0);
  });
});
