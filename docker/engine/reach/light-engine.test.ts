import { createServer, type Server, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineError } from "../engine.js";
import { lightEngine, type LightEngine } from "./light-engine.js";

let folder: string;
let server: Server;
let engine: LightEngine;
let requests: string[];
let answer: (response: ServerResponse, url: string) => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-"));
  requests = [];
  server = createServer((request, response) => {
    requests.push(`${request.method} ${decodeURIComponent(request.url ?? "")}`);
    answer(response, request.url ?? "");
  });
  const path = join(folder, "docker.sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  engine = lightEngine({ url: `unix://${path}`, kind: "unix", path });
});
afterEach(async () => {
  engine.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const json = (value: unknown) => (response: ServerResponse) =>
  void response.end(JSON.stringify(value));
const refuse =
  (status: number, message: string) => (response: ServerResponse) =>
    void response.writeHead(status).end(JSON.stringify({ message }));

test("the list has ports, networks and mounts; connections are kept", async () => {
  const sockets = new Set<unknown>();
  server.on("connection", (socket) => sockets.add(socket));
  answer = json([
    {
      Id: "1",
      Names: ["/a"],
      State: "running",
      Status: "Up",
      Image: "i",
      Created: 7,
      Labels: null,
      Ports: [{ PrivatePort: 7007, PublicPort: 1234, IP: "127.0.0.1" }],
      NetworkSettings: { Networks: { bridge: { IPAddress: "172.17.0.2" } } },
      Mounts: [{ Type: "volume", Name: "v", Destination: "/d" }],
    },
  ]);
  for (let i = 0; i < 3; i += 1) await engine.list(["a=b"]);
  expect(await engine.list()).toEqual([
    {
      id: "1",
      name: "a",
      image: "i",
      state: "running",
      status: "Up",
      labels: {},
      created: 7,
      ports: [{ private: 7007, public: 1234, host: "127.0.0.1" }],
      networks: [{ IPAddress: "172.17.0.2" }],
      mounts: [{ Type: "volume", Name: "v", Destination: "/d" }],
    },
  ]);
  expect(requests[0]).toBe(
    'GET /containers/json?all=true&filters={"label":["a=b"]}',
  );
  expect(sockets.size).toBe(1);
});

test("what is not there is undefined; what is so already is no error", async () => {
  answer = refuse(404, "No such container: x");
  expect(await engine.inspect("x")).toBeUndefined();
  expect(await engine.readFile("x", "/token")).toBeUndefined();
  expect(await engine.hasImage("x/y:1")).toBe(false);
  await engine.remove("x");
  answer = refuse(409, "volume is in use");
  expect(await engine.removeVolume("x")).toBe(false);
});

test("a refusal has the Engine's status and words, and no token in it", async () => {
  answer = refuse(500, "it broke");
  const error = await engine
    .create({ name: "x", body: {} })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({
    status: 500,
    message: "POST /containers/create: it broke",
  });
});

test("a log is taken apart, whatever bytes its frames' lengths have", async () => {
  const frame = (stream: number, text: string) => {
    const payload = Buffer.from(text);
    const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(payload.length, 4);
    return Buffer.concat([header, payload]);
  };
  // Ten bytes: their number is a line feed.
  const lines = [frame(1, "nine char\n"), frame(2, `${"é".repeat(100)}\n`)];
  answer = (response) => void response.end(Buffer.concat(lines));
  expect(await engine.log("x", 5)).toEqual(["nine char", "é".repeat(100)]);
});

test("nobody there: status 0, with the system's reason", async () => {
  const path = join(folder, "none");
  const nobody = lightEngine({ url: "unix://none", kind: "unix", path });
  const error = await nobody.list().catch((e: unknown) => e);
  expect(error).toMatchObject({ status: 0, cause: { code: "ENOENT" } });
});
