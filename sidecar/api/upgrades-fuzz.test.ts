import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { jsonTexts } from "../../test/support/arbitrary/broken-json.js";
import {
  check,
  limit,
  runs,
  watchUnhandled,
} from "../../test/support/fuzzing.js";
import { eventually } from "../interceptor/testbed.js";
import { ProblemDocument } from "../schema/index.js";
import { names } from "./testing/requests.js";
import { serveWhole, TOKEN } from "./testing/whole.js";

// Terminals and streams: whatever is asked for, and whatever frames come, it
// is the trouble of who sends it alone.
const CLIENTS = 300;

let api: Awaited<ReturnType<typeof serveWhole>>;
const nothingUnhandled = watchUnhandled();
beforeAll(async () => {
  api = await serveWhole();
});
afterAll(() => {
  api.close();
});

const headers = { authorization: `Bearer ${TOKEN}` };

const targets = fc
  .record({
    path: fc.constantFrom(
      ...["pauses/shop-1/attach", "sessions/shop/attach"],
      ...["sessions/shop/exec", "sessions/shop/forward"],
      ...["pauses/NAME/attach", "sessions/NAME/exec", "NAME/NAME/NAME"],
    ),
    name: names,
    query: fc.array(
      fc.constantFrom(
        ...["cols=80", "rows=1e9", "cols=-1", "cols=NaN", "colour=false"],
        ...["command=sh", "command=sh", "command=", "tty=true", "stdin=true"],
        ...[
          "port=8000",
          "port=8000",
          "port=0",
          "port=%00",
          "term=%ff",
          "%",
          "=",
        ],
        ...["__proto__=1", "command=%E0%A4%A", `command=${"x".repeat(2_000)}`],
      ),
      { maxLength: 4 },
    ),
  })
  .map(
    ({ path, name, query }) =>
      `/v1/${path.replaceAll("NAME", () => name)}?${query.join("&")}`,
  )
  // Others are no request of HTTP at all.
  .filter((target) => /^[\x21-\x7e]+$/.test(target));

type Frame = string | Buffer;
const frames: fc.Arbitrary<Frame[]> = fc.array(
  fc.oneof<fc.Arbitrary<Frame>[]>(
    fc.constantFrom(
      '{"type":"resize","cols":80,"rows":24}',
      '{"type":"resize","cols":1e9,"rows":-1}',
      '{"type":"eof"}',
      '{"type":"__proto__"}',
    ),
    jsonTexts,
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(1, 65_536, 256 * 1024, 256 * 1024 + 1)
      .map((size) => Buffer.alloc(size, "x")),
  ),
  { maxLength: 6 },
);

/** Asks for an upgrade and sends frames; the refusal, if it was refused. */
async function visit(target: string, all: Frame[]) {
  const client = new WebSocket(`ws://${api.host}${target}`, { headers });
  client.on("error", () => undefined);
  const refused = new Promise<{ status: number; body: string } | undefined>(
    (resolve, reject) => {
      client.on("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (bytes: Buffer) => (body += bytes.toString()));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body }),
        );
      });
      client.on("open", () => resolve(undefined));
      client.on("close", () =>
        reject(new Error("it is closed without a word")),
      );
    },
  );
  const refusal = await refused;
  if (refusal) {
    client.terminate();
    return refusal;
  }
  for (const frame of all) {
    if (client.readyState === WebSocket.OPEN) client.send(frame);
  }
  client.close();
  if (client.readyState !== WebSocket.CLOSED) await once(client, "close");
  return undefined;
}

test(
  `${runs(CLIENTS)} clients with whatever frames must be served or refused, and leave nothing behind`,
  async () => {
    const steady = new WebSocket(
      `ws://${api.host}/v1/pauses/shop-1/attach?cols=80&rows=24`,
      { headers },
    );
    await once(steady, "open");
    let served = 0;
    await check(CLIENTS, fc.tuple(targets, frames), async ([target, all]) => {
      const refusal = await visit(target, all);
      if (refusal) {
        const { status } = ProblemDocument.parse(JSON.parse(refusal.body));
        expect(status).toBe(refusal.status);
        expect(status).toBeLessThan(500);
      } else served++;
      // Nobody is attached but who was before, and no program goes on.
      const [pause] = api.pauses.list("shop");
      await eventually(() => pause?.terminal.viewers === 1);
      await eventually(() => api.programs.size === 0);
    });
    expect(steady.readyState).toBe(WebSocket.OPEN);
    steady.terminate();
    nothingUnhandled();
    // Else nothing was tried but refusals.
    expect(served).toBeGreaterThan(runs(CLIENTS) / 4);
  },
  limit(CLIENTS),
);

test(
  `${runs(CLIENTS)} clients that send no frames but bytes must be dropped`,
  async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      // Of a kind that is not, without a mask, longer than anything, a close that says nothing right.
      fc.constantFrom(
        Uint8Array.of(0x83, 0x80, 1, 2, 3, 4),
        Uint8Array.of(0x82, 0x01, 0x78),
        Uint8Array.of(
          0x82,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
          0xff,
        ),
        Uint8Array.of(0x88, 0x81, 0, 0, 0, 0, 1),
        Uint8Array.of(0xf2, 0x80, 0, 0, 0, 0),
        Uint8Array.of(0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe),
      ),
    );
    const [address, port] = api.host.split(":");
    await check(CLIENTS, bytes, async (bytes) => {
      const socket = connect({ host: address, port: Number(port) });
      socket.on("error", () => undefined);
      socket.on("data", () => undefined);
      socket.write(
        [
          "GET /v1/pauses/shop-1/attach HTTP/1.1",
          `Host: ${api.host}`,
          `Authorization: Bearer ${TOKEN}`,
          ...["Connection: Upgrade", "Upgrade: websocket"],
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "\r\n",
        ].join("\r\n"),
      );
      socket.write(bytes);
      socket.end();
      if (!socket.closed) await once(socket, "close");
      const [pause] = api.pauses.list("shop");
      await eventually(() => pause?.terminal.viewers === 0);
    });
    nothingUnhandled();
  },
  limit(CLIENTS),
);
