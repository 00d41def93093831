import http from "node:http";
import { connect } from "node:net";
import { Writable } from "node:stream";
import { pino } from "pino";
import {
  afterAll,
  beforeAll,
  describe,
  expect,
  onTestFinished,
  test,
} from "vitest";
import WebSocket from "ws";
import { IDENTITY_PATH } from "../schema/identity.js";
import { terminalUpgrade, type TerminalParts } from "./attach.js";
import { execUpgrade, type ExecParts } from "./exec.js";
import { forwardUpgrade } from "./forward.js";
import { OPERATIONS } from "./operations.js";
import { serveApi } from "./testing/served.js";
import { serveUpgrades, type Upgrade } from "./upgrades.js";

const TOKEN = "secret";
const opened: string[] = [];
let logged = "";
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    logged += chunk.toString();
    done();
  };
  const log = pino({ level: "trace" }, new Writable({ write }));
  api = await serveApi(log);
  serveUpgrades(api.server, api.access, [
    watched(terminalUpgrade(nothing as TerminalParts)),
    watched(execUpgrade(nothing as ExecParts)),
    watched(forwardUpgrade(nothing as ExecParts)),
    echo,
  ]);
});
afterAll(() => api.close());

/** What an upgrade that is let in would need. */
const nothing = {};

/** The same, and it is seen when somebody is let in. */
const watched = (upgrade: Upgrade): Upgrade => ({
  ...upgrade,
  open: (...args) => {
    opened.push(upgrade.path.source);
    return upgrade.open(...args);
  },
});

const echo: Upgrade = {
  path: /^\/v1\/echo$/,
  open: async () => ({
    serve: (socket) => socket.on("message", (data) => socket.send(data)),
    abandon: () => undefined,
  }),
};

type Headers = Record<string, string>;
interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One request as an attacker's program makes it; `upgraded`: the status is 101. */
function ask(method: string, path: string, headers: Headers): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = api;
    const options = { host: "127.0.0.1", port, method, path, headers };
    const request = http.request({ ...options, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        // A watch does not end.
        if (/stream/.test(response.headers["content-type"] ?? "")) end();
      });
      const end = () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body });
        request.destroy();
      };
      response.on("end", end);
    });
    request.on("upgrade", ({ headers }, socket) => {
      socket.destroy();
      resolve({ status: 101, headers, body: "" });
    });
    request.on("error", reject);
    request.end();
  });
}

const good = (): Headers => ({
  host: `127.0.0.1:${api.port}`,
  authorization: `Bearer ${TOKEN}`,
});

const upgrade: Headers = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

/** All that there is to ask for, streams and upgrades too. */
const DOORS: [name: string, method: string, path: string, more: Headers][] = [
  ...OPERATIONS.map(({ method, path }) => {
    const at = path.replace("{name}", "shop");
    return [`${method} ${path}`, method, at, {}] as (typeof DOORS)[number];
  }),
  ["a watch", "GET", "/v1/sessions?watch=true", {}],
  ["a log that goes on", "GET", "/v1/sessions/shop/logs?follow=true", {}],
  ["a file", "GET", "/v1/sessions/shop/archive?path=/etc/passwd", {}],
  ["a pause's terminal", "GET", "/v1/pauses/shop-1/attach", upgrade],
  ["the main terminal", "GET", "/v1/sessions/shop/attach", upgrade],
  ["a command", "GET", "/v1/sessions/shop/exec?command=id", upgrade],
  ["a port", "GET", "/v1/sessions/shop/forward?port=8000", upgrade],
];
const ANYBODY = `GET ${IDENTITY_PATH}`;
const LOCKED = DOORS.filter(([name]) => name !== ANYBODY);
/** Those that only answer under a name of ours: of figures there is nothing that a page could read. */
const NAMED = DOORS.filter(([name]) => name !== "GET /metrics");

test.each(LOCKED)(
  "%s: without the token there is nothing",
  async (_name, method, path, more) => {
    const { host = "" } = good();
    const asked = path + (path.includes("?") ? "&" : "?");
    const tries: [path: string, headers: Headers][] = [
      [path, {}],
      [path, { authorization: "Bearer wrong" }],
      [path, { authorization: `Bearer ${TOKEN}x` }],
      [path, { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
      [path, { authorization: `Basic ${TOKEN}` }],
      [path, { authorization: TOKEN }],
      [path, { cookie: `token=${TOKEN}`, "x-authorization": TOKEN }],
      [path, { "sec-websocket-protocol": TOKEN }],
      [`${asked}token=${TOKEN}&access_token=${TOKEN}`, {}],
      [`http://127.0.0.1${path}`, {}],
    ];
    const before = opened.length;
    for (const [at, headers] of tries) {
      const sent = { ...more, host, ...headers };
      const { status, body } = await ask(method, at, sent);
      expect([at, headers, status]).toEqual([at, headers, 401]);
      expect(JSON.parse(body)).toMatchObject({ code: "Unauthorized" });
      expect(body).not.toContain(TOKEN);
    }
    expect(opened.length).toBe(before);
  },
);

test.each(NAMED)(
  "%s: not under another's name, nor for another's page, even with the token",
  async (name, method, path, more) => {
    const at = name === ANYBODY ? `${path}?nonce=1` : path;
    const tries: Headers[] = [
      { host: "evil.test" },
      { host: `evil.test:${api.port}` },
      { host: `127.0.0.1.evil.test:${api.port}` },
      { host: `127.0.0.1:${api.port}.evil.test` },
      { host: `127.0.0.1:${api.port}@evil.test` },
      { host: "127.0.0.1" },
      { host: "evil.test", "x-forwarded-host": `127.0.0.1:${api.port}` },
      { host: "evil.test", forwarded: `host=127.0.0.1:${api.port}` },
      { origin: "http://evil.test" },
      { origin: `http://evil.test:${api.port}` },
      { origin: "null" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" },
    ];
    const before = opened.length;
    for (const headers of tries) {
      const { status, body } = await ask(method, at, {
        ...good(),
        ...more,
        ...headers,
      });
      expect([headers, status]).toEqual([headers, 403]);
      expect(JSON.parse(body)).toMatchObject({ code: "Forbidden" });
    }
    expect(opened.length).toBe(before);
  },
);

test("figures too want the token, from a page as well", async () => {
  const headers = { host: "evil.test", origin: "http://evil.test" };
  expect((await ask("GET", "/metrics", headers)).status).toBe(401);
  const { authorization = "" } = good();
  const scraped = await ask("GET", "/metrics", {
    host: "sidestep",
    authorization,
  });
  expect(scraped.status).toBe(200);
});

describe("from a page of another site", () => {
  const forms = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
  ];

  test.each(forms)(
    "a body as %s, which needs no leave, is not read",
    async (type) => {
      const sent = (headers: Headers) =>
        api.ask("/v1/sessions", {
          method: "POST",
          body: JSON.stringify({ spec: { target: "shop" } }),
          headers,
        });
      expect((await sent({ "content-type": type })).status).toBe(415);
      const created = await sent({ "content-type": "application/json" });
      expect(created.status).toBe(201);
    },
  );

  test("leave is given to nobody, and what is answered is neither shown, framed nor guessed at", async () => {
    const preflight = await ask("OPTIONS", "/v1/sessions", {
      ...good(),
      origin: "http://evil.test",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization",
    });
    expect(preflight.status).toBe(403);
    const answers = [preflight];
    for (const [, method, path, more] of DOORS) {
      answers.push(await ask(method, path, { ...more, host: "evil.test" }));
      if (method === "GET" && Object.keys(more).length === 0) {
        answers.push(await ask(method, path, { ...good(), ...more }));
      }
    }
    for (const { headers } of answers) {
      const cors = Object.keys(headers).filter((name) =>
        name.startsWith("access-control-"),
      );
      expect(cors).toEqual([]);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["content-security-policy"]).toContain(
        "frame-ancestors 'none'",
      );
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(headers["content-type"]).not.toContain("html");
      expect(headers).not.toHaveProperty("set-cookie");
    }
  });
});

test("neither a log nor an error tells the token, nor what was taken for one", async () => {
  const { host = "" } = good();
  const near = "nearly-the-token";
  const tries: Headers[] = [
    { host, authorization: `Bearer ${near}` },
    { ...good(), host: "evil.test" },
    { ...good(), origin: "http://evil.test" },
  ];
  for (const headers of tries) {
    for (const [, method, path, more] of DOORS) {
      const { body } = await ask(method, path, { ...more, ...headers });
      expect(body).not.toContain(near);
      expect(body).not.toContain(TOKEN);
    }
  }
  // What was done is logged: the log is heard.
  await api.ask("/v1/breakpoints/shop", { method: "DELETE" });
  expect(logged).toContain("DeletedBy");
  expect(logged).not.toContain(near);
  expect(logged).not.toContain(TOKEN);
});

test("who was refused an upgrade keeps nothing open, even if he never closes", async () => {
  const socket = connect({
    host: "127.0.0.1",
    port: api.port,
    allowHalfOpen: true,
  });
  onTestFinished(() => void socket.destroy());
  const ends = new Promise<void>((resolve) => socket.on("end", resolve));
  const lines = Object.entries({ host: "evil.test", ...upgrade });
  socket.write(
    `GET /v1/pauses/shop-1/attach HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
  );
  socket.resume();
  await ends;
  const open = () =>
    new Promise<number>((resolve, reject) =>
      api.server.getConnections((error, count) =>
        error ? reject(error) : resolve(count),
      ),
    );
  await expect.poll(open, { timeout: 10_000 }).toBe(0);
});

test("a frame that is too large ends its own connection only", async () => {
  const url = `ws://127.0.0.1:${api.port}/v1/echo`;
  const dial = async () => {
    const socket = new WebSocket(url, { headers: good() });
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("open", resolve));
    return socket;
  };
  const [greedy, other] = [await dial(), await dial()];
  const closed = new Promise<number>((resolve) =>
    greedy.once("close", (code) => resolve(code)),
  );
  greedy.send(Buffer.alloc(300 * 1024));
  expect(await closed).toBe(1009);
  const heard = new Promise<string>((resolve) =>
    other.once("message", (data: Buffer) => resolve(data.toString())),
  );
  other.send("still here");
  expect(await heard).toBe("still here");
  other.terminate();
});
