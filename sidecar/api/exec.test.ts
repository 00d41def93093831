import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { Engine, ExecOptions } from "../../docker/engine/engine.js";
import type { Act } from "../audit.js";
import type { Controller } from "../controller/controller.js";
import { STDERR, STDOUT } from "../schema/index.js";
import { createAccess } from "./access.js";
import { execUpgrade } from "./exec.js";
import { serveUpgrades } from "./upgrades.js";

let server: Server;
let url: string;
let asked: ExecOptions[];
let resized: string[];
let ended: string[];
let acts: Act[];
/** What is open, by session. */
let used: string[];
let program: Program;
/** Until then the Engine takes its time. */
let ready: Promise<void>;

/** A program in a replica: it is written to by the client, and writes frames. */
class Program extends Duplex {
  received = "";
  inputEnded = false;
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received += chunk.toString();
    done();
  }
  override _final(done: () => void): void {
    this.inputEnded = true;
    this.says(STDOUT, `got ${this.received}`);
    this.says(STDERR, "that is all");
    this.push(null);
    done();
  }
  says(stream: number, text: string): void {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    this.push(Buffer.concat([header, Buffer.from(text)]));
  }
}

beforeEach(async () => {
  asked = [];
  resized = [];
  ended = [];
  acts = [];
  used = [];
  program = new Program();
  ready = Promise.resolve();
  const engine = {
    inspect: async () => ({ Id: "r1", State: { Running: true } }),
    exec: async (_id: string, options: ExecOptions) => {
      asked.push(options);
      await ready;
      return {
        stream: program,
        resize: async (cols: number, rows: number) =>
          void resized.push(`${cols}x${rows}`),
        exitCode: async () => 3,
      };
    },
  } as unknown as Engine;
  const controller = {
    session: () => ({ status: { replica: { container: "shop-replica" } } }),
  } as unknown as Controller;
  const toolboxes = {
    dial: () => Promise.reject(new Error("not here")),
    end: async (_replica: unknown, entry: string) => void ended.push(entry),
  };
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `ws://${host}/v1/sessions/shop/exec`;
  const access = createAccess("token", [host]);
  const exec = execUpgrade({
    audit: (act) => acts.push(act),
    controller,
    engine,
    toolboxes,
  });
  serveUpgrades(server, access, [exec], (session) => {
    used.push(session);
    return () => used.pop();
  });
});
afterEach(() => void server.close());

const open = (query: string) =>
  new WebSocket(`${url}?${query}`, {
    headers: {
      authorization: "Bearer token",
      "sidestep-client": "alice@devbox",
    },
  });

test("input and its end go in, both outputs and the exit code come out", async () => {
  const client = open("command=wc&command=-c&stdin=true");
  const heard: unknown[] = [];
  client.on("message", (data: Buffer, binary) =>
    heard.push(
      binary ? [data[0], data.subarray(1).toString()] : data.toString(),
    ),
  );
  await once(client, "open");
  expect(used).toEqual(["shop"]);
  client.send(Buffer.from("some input"));
  client.send(JSON.stringify({ type: "resize", cols: 90, rows: 20 }));
  client.send(JSON.stringify({ type: "eof" }));
  await once(client, "close");
  expect(heard).toEqual([
    [STDOUT, "got some input"],
    [STDERR, "that is all"],
    '{"type":"exit","code":3}',
  ]);
  await vi.waitFor(() => expect(used).toEqual([]));
  expect(resized).toEqual(["90x20"]);
  expect(asked[0]).toMatchObject({
    command: ["wc", "-c"],
    stdin: true,
    tty: false,
  });
  expect(asked[0]?.env).toContain("SIDESTEP_KIT_SOCKET=");
  expect(ended).toEqual([]);
  // Who, and which program; what it was told may be a secret.
  expect(acts).toEqual([
    {
      reason: "ExecBy",
      object: "session/shop",
      session: "shop",
      by: "alice@devbox",
      detail: "wc",
    },
  ]);
});

test("a client that goes has the command ended, by the entry of its environment", async () => {
  const client = open("command=sleep&command=100");
  await once(client, "open");
  client.terminate();
  await once(program, "close");
  expect(ended).toHaveLength(1);
  expect(asked[0]?.env).toContain(ended[0]);
});

test("a client that goes before the command runs has it ended too", async () => {
  let resolve = () => {};
  ready = new Promise((done) => {
    resolve = done;
  });
  const connected = once(server, "connection");
  const client = open("command=sleep&command=100");
  client.on("error", () => undefined);
  const [connection] = (await connected) as [Socket];
  await vi.waitUntil(() => asked.length > 0);
  connection.destroy();
  resolve();
  await once(program, "close");
  expect(ended).toEqual([expect.stringMatching(/^SIDESTEP_EXEC=/)]);
});

test("no command, and no such path, are refused", async () => {
  for (const [query, status] of [
    ["tty=true", 400],
    ["command=sh", 404],
  ] as const) {
    const client = new WebSocket(
      status === 404 ? url.replace("/exec", "/nothing") : `${url}?${query}`,
      { headers: { authorization: "Bearer token" } },
    );
    const [, response] = (await once(client, "unexpected-response")) as [
      unknown,
      { statusCode: number },
    ];
    expect(response.statusCode).toBe(status);
    client.on("error", () => undefined);
    client.terminate();
  }
});
