import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Client, eventually, startApp, Testbed, type App } from "./testbed.js";

// What is long: bodies of any size in next to no memory, and streams that nobody waits for.
const SIZE = 200 * 1024 * 1024;
const LEAST = 48 * 1024 * 1024;
const chunk = Buffer.alloc(64 * 1024, "x");

/** An app that counts what it is sent, sends as much, or says a word now and then. */
interface Streaming extends App {
  came: number;
  say(text: string): void;
}

let apps: Streaming[];
let bed: Testbed;

beforeEach(async () => {
  apps = [await startStreaming(), await startStreaming()];
  bed = await new Testbed(apps[0]!, apps[1]!).start();
});
afterEach(() => bed.stop());

async function startStreaming(): Promise<Streaming> {
  let listeners: ((text: string) => void)[] = [];
  const server: Server = createServer((incoming, response) => {
    if (incoming.url === "/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.flushHeaders();
      listeners.push((text) => response.write(`data: ${text}\n\n`));
      return;
    }
    if (incoming.method === "GET") {
      response.writeHead(200, { "Content-Length": SIZE });
      let sent = 0;
      const pump = () => {
        while (sent < SIZE) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", pump);
        }
        response.end();
      };
      return pump();
    }
    incoming.on("data", (bytes: Buffer) => (app.came += bytes.length));
    incoming.on("end", () => response.end(String(app.came)));
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve()),
  );
  const app: Streaming = {
    came: 0,
    say: (text) => listeners.forEach((listener) => listener(text)),
    port: (server.address() as AddressInfo).port,
    open: new Set(),
    received: [],
    close() {
      listeners = [];
      server.close();
      server.closeAllConnections();
    },
  };
  return app;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The most memory that is held outside of JavaScript's heap meanwhile, garbage left out, in bytes more than at first. */
async function mostHeld(during: () => Promise<void>): Promise<number> {
  const held = () => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = held();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, held())), 50);
  await during();
  clearInterval(timer);
  return most - before;
}

describe.each([
  ["unmatched", {}, 0],
  ["matched", { "x-debug": "alice" }, 1],
])("%s", (_lane, headers, index) => {
  test("an upload of 200 MB is never held", async () => {
    const most = await mostHeld(
      () =>
        new Promise((resolve, reject) => {
          const upload = request({
            port: bed.port,
            host: "127.0.0.1",
            method: "POST",
            headers: { ...headers, "Content-Length": SIZE },
          });
          upload.on("error", reject);
          upload.on("response", (response) => {
            response.resume();
            response.on("end", () => resolve());
          });
          let sent = 0;
          const pump = () => {
            while (sent < SIZE) {
              sent += chunk.length;
              if (!upload.write(chunk)) return void upload.once("drain", pump);
            }
            upload.end();
          };
          pump();
        }),
    );
    expect(apps[index]!.came).toBe(SIZE);
    expect(most).toBeLessThan(LEAST);
  }, 120_000);

  test("a download of 200 MB is never held", async () => {
    let came = 0;
    const most = await mostHeld(
      () =>
        new Promise((resolve, reject) => {
          const download = request({
            port: bed.port,
            host: "127.0.0.1",
            headers,
          });
          download.on("error", reject);
          download.on("response", (response) => {
            response.on("data", (bytes: Buffer) => (came += bytes.length));
            response.on("end", () => resolve());
          });
          download.end();
        }),
    );
    expect(came).toBe(SIZE);
    expect(most).toBeLessThan(LEAST);
  }, 120_000);

  test("server-sent events come one by one, as they are said", async () => {
    const client = await Client.dial(bed.port);
    const lines = Object.entries(headers).map(
      (pair) => `${pair.join(": ")}\r\n`,
    );
    client.send(`GET /events HTTP/1.1\r\nHost: shop\r\n${lines.join("")}\r\n`);
    await client.until("text/event-stream");
    for (const word of ["one", "two", "three"]) {
      client.taken();
      apps[index]!.say(word);
      await client.until(`data: ${word}\n\n`);
    }
    client.socket.destroy();
  });
});

test("a WebSocket of everybody else's is the original's, both ways, bytes as they are", async () => {
  const original = await startApp((socket) => {
    socket.once("data", () => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi",
        "latin1",
      );
      socket.on("data", (bytes: Buffer) => socket.write(bytes));
      socket.on("end", () => socket.end());
    });
  });
  const other = await new Testbed(original, apps[1]!).start();
  const client = await Client.dial(other.port);
  client.send(
    "GET /ws HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
  await client.until("\x81\x02hi");
  client.taken();
  await client.send("\x81\x05hello").until("\x81\x05hello");
  client.socket.end();
  await eventually(() => client.ended);
  original.close();
  await other.interceptor.stop(0);
});
