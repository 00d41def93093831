import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Client,
  eventually,
  ok,
  startApp,
  Testbed,
  type App,
} from "./testbed.js";
import { proxyBinary, proxyLine } from "./testing/proxy-header.js";

const ALICE = "192.0.2.77";
const LINE = proxyLine(ALICE);
const BINARY = proxyBinary(
  1,
  0x11,
  [192, 0, 2, 77, 192, 0, 2, 2, 200, 1, 31, 64],
  Buffer.from([4, 0, 1, 9]),
).toString("latin1");
const matched = "X-Debug: alice\r\n";
const get = (target: string, headers = "") =>
  `GET ${target} HTTP/1.1\r\nHost: shop\r\n${headers}\r\n`;

/** An app that answers requests, whatever came before them. */
const behindProxy = (name: string) =>
  startApp((socket) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      for (;;) {
        const request = /GET (\S+) HTTP\/1\.1\r\n(?:.+\r\n)*\r\n/.exec(text);
        if (!request) return;
        text = text.slice(request.index + request[0].length);
        socket.write(ok(`${name}:${request[1]}`));
      }
    });
    socket.on("end", () => socket.end());
  });

let bed: Testbed;
let replica: App;

beforeEach(async () => {
  replica = await behindProxy("replica");
  bed = await new Testbed(await behindProxy("original"), replica).start();
});
afterEach(() => bed.stop());

describe.each([
  ["version 1", LINE],
  ["version 2", BINARY],
])("a connection that begins with a PROXY header of %s", (_version, header) => {
  test("is routed by request; both apps get the header first, on each connection", async () => {
    const client = await Client.dial(bed.port);
    await client.send(header + get("/1")).until("original:/1");
    await client.send(get("/2", matched)).until("replica:/2");
    await client.send(get("/3", matched)).until("replica:/3");
    await client.send(get("/4")).until("original:/4");
    expect(bed.original.received).toEqual([header + get("/1") + get("/4")]);
    expect(replica.received).toHaveLength(2);
    for (const received of replica.received) {
      expect(received.startsWith(`${header}GET /`)).toBe(true);
      expect(received.toLowerCase()).toContain(`x-forwarded-for: ${ALICE}\r\n`);
    }
  });

  test("matches by the client that it names, in as many pieces as there are bytes", async () => {
    await bed.route([{ client: "192.0.2.0/24" }]);
    const client = await Client.dial(bed.port);
    client.socket.setNoDelay(true);
    for (const byte of header + get("/1")) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until("replica:/1");
    const plain = await Client.dial(bed.port);
    plain.send(get("/2"));
    await eventually(() => bed.original.received[0] === get("/2"));
  });

  test("names the client of requests that wait", async () => {
    await bed.route([{ path: "/held" }]);
    replica.close();
    bed.messages.length = 0;
    const silent = await startApp(() => undefined);
    await bed.route([{ path: "/held" }], {
      upstream: { host: "127.0.0.1", port: silent.port },
    });
    const client = await Client.dial(bed.port);
    client.send(header + get("/held"));
    await eventually(() =>
      bed.messages.some(
        (m) => m.type === "requests" && m.requests[0]?.client === ALICE,
      ),
    );
    silent.close();
  });

  test("upgrades to the replica with the header first", async () => {
    const client = await Client.dial(bed.port);
    const upgrade = `${matched}Connection: Upgrade\r\nUpgrade: websocket\r\n`;
    client.send(header + get("/ws", upgrade));
    await client.until("replica:/ws");
    expect(replica.received[0]!.startsWith(`${header}GET /ws`)).toBe(true);
  });

  test("may go on with what is no HTTP/1, and stay silent behind it", async () => {
    const tls = "\x16\x03\x01\x02\x00\x01\x00";
    const client = await Client.dial(bed.port);
    client.send(header);
    // The server may have the first word: it is asked after the sniff limit.
    await eventually(() => bed.original.received[0] === header);
    client.send(tls);
    await eventually(() => bed.original.received[0] === header + tls);
    await bed.route([]);
    const other = await Client.dial(bed.port);
    other.send(header + tls);
    await eventually(() => replica.received[0] === header + tls);
  });
});

test("a header that comes late, once the original was asked, still comes first", async () => {
  const client = await Client.dial(bed.port);
  await eventually(() => bed.original.open.size === 1);
  await client.send(LINE + get("/1")).until("original:/1");
  expect(bed.original.received).toEqual([LINE + get("/1")]);
});

test("without a client in it, the connection's own address counts", async () => {
  await bed.route([{ client: "127.0.0.1" }]);
  const header = "PROXY UNKNOWN\r\n";
  const client = await Client.dial(bed.port);
  client.send(header + get("/1"));
  await eventually(() => replica.received[0]?.startsWith(header) === true);
  expect(replica.received[0]!.toLowerCase()).toContain(
    "x-forwarded-for: 127.0.0.1\r\n",
  );
});

test.each([
  ["of no address", LINE.replace(ALICE, "192.0.2.777")],
  ["with a bare line feed", LINE.replace("\r", "")],
  ["of another version", BINARY.replace("!", "1")],
  ["that is one too many", LINE + LINE],
])("a header %s: nothing is routed by content", async (_what, header) => {
  const client = await Client.dial(bed.port);
  client.send(header + get("/1", matched));
  await eventually(
    () => bed.original.received[0] === header + get("/1", matched),
  );
  await bed.event("NotRoutedByContent");
  expect(replica.received).toEqual([]);
});

test("what begins like one and is none is not kept waiting", async () => {
  const client = await Client.dial(bed.port);
  client.send("\r\n\r\n");
  await eventually(() => bed.original.received[0] === "\r\n\r\n");
});
