import { randomBytes } from "node:crypto";
import http from "node:http";
import { networkInterfaces } from "node:os";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docker, run, tryRun } from "./support/run.js";
import { openStage, type Stage } from "./support/stage.js";

interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  hint?: string;
}

let stage: Stage;
let url: string;
let host: string;
let token: string;
beforeAll(async () => {
  stage = await openStage();
  url = await stage.sidecar.url();
  host = new URL(url).host;
  token = await stage.sidecar.token();
});
afterAll(async () => {
  await stage?.end();
});

type Headers = Record<string, string>;

/** One request to the API; `good` has what it asks for. */
const ask = (
  headers: Headers,
  { method = "GET", path = "/v1/sessions", body = "" } = {},
): Promise<{ status: number; problem: Problem }> =>
  new Promise((resolve, reject) => {
    const request = http.request(
      `${url}${path}`,
      { method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("error", reject);
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          expect(response.headers["content-type"]).toMatch(
            status < 400 ? /^application\/json/ : /^application\/problem\+json/,
          );
          expect(response.headers).not.toHaveProperty(
            "access-control-allow-origin",
          );
          const text = Buffer.concat(chunks).toString();
          resolve({ status, problem: JSON.parse(text) as Problem });
        });
      },
    );
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("the connection was upgraded"));
    });
    request.on("error", reject);
    request.end(body);
  });

const good = (): Headers => ({ authorization: `Bearer ${token}` });
const json = (): Headers => ({ ...good(), "content-type": "application/json" });
const upgrade = (): Headers => ({
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": randomBytes(16).toString("base64"),
});
const ATTACH = { path: "/v1/pauses/shop-1/attach" };
const POST = { method: "POST" };

/** The request must be refused so, with a problem document. */
const refused = async (
  asked: ReturnType<typeof ask>,
  status: number,
  code: string,
): Promise<Problem> => {
  const { status: got, problem } = await asked;
  expect([got, problem.code]).toEqual([status, code]);
  expect(problem.detail).not.toBe("");
  expect(Object.keys(problem)).toEqual(
    expect.arrayContaining(["type", "title", "status", "detail", "code"]),
  );
  expect(JSON.stringify(problem)).not.toContain(token);
  expect(JSON.stringify(problem)).not.toMatch(/\/app\/|node:internal/);
  return problem;
};

test("with the token and a good host it must answer", async () => {
  expect((await ask(good())).status).toBe(200);
  const loopback = { ...good(), host: host.replace("127.0.0.1", "localhost") };
  expect((await ask(loopback)).status).toBe(200);
});

describe("without the token", () => {
  test.each<[string, () => Headers]>([
    ["no token", () => ({})],
    ["a wrong token", () => ({ authorization: "Bearer wrong" })],
    ["an empty token", () => ({ authorization: "Bearer " })],
    [
      "the token by another scheme",
      () => ({ authorization: `Basic ${token}` }),
    ],
    ["the token, and more", () => ({ authorization: `Bearer ${token}x` })],
    ["the token as a cookie", () => ({ cookie: `token=${token}` })],
  ])("%s must be refused", async (_case, headers) => {
    const { hint } = await refused(ask(headers()), 401, "Unauthorized");
    expect(hint).toContain("Docker Engine");
    await refused(
      ask({ ...headers(), ...upgrade() }, ATTACH),
      401,
      "Unauthorized",
    );
  });

  test("the token in the URL must be refused", async () => {
    const path = `/v1/sessions?token=${token}&authorization=Bearer%20${token}`;
    await refused(ask({}, { path }), 401, "Unauthorized");
  });

  test("nothing may be told of what is not there", async () => {
    await refused(ask({}, { path: "/nothing" }), 401, "Unauthorized");
  });
});

describe("from another site", () => {
  test.each([
    ["127.evil.test:7007"],
    ["127.0.0.1.evil.test:7007"],
    ["localhost.evil.test:7007"],
    ["evil.test"],
    ["0.0.0.0:7007"],
    ["127.0.0.1"],
    ["127.0.0.1:80"],
    ["localhost:7007@evil.test"],
  ])('the Host "%s" must be refused', async (name) => {
    const headers = { ...good(), host: name };
    await refused(ask(headers), 403, "Forbidden");
    await refused(ask({ ...headers, ...upgrade() }, ATTACH), 403, "Forbidden");
  });

  test("the Host of the container's own address must be refused", async () => {
    const address = await docker(
      "inspect",
      "-f",
      "{{.NetworkSettings.IPAddress}}",
      stage.sidecar.name,
    );
    expect(address).toMatch(/^\d+\./);
    const headers = { ...good(), host: `${address}:7007` };
    await refused(ask(headers), 403, "Forbidden");
  });

  test.each([
    ["http://evil.test"],
    ["http://127.0.0.1.evil.test:7007"],
    ["https://127.0.0.1:7007"],
    ["http://127.0.0.1"],
    ["null"],
    [""],
  ])('the Origin "%s" must be refused', async (origin) => {
    const body = JSON.stringify({ spec: { target: "shop" } });
    const posted = ask({ ...json(), origin }, { ...POST, body });
    await refused(posted, 403, "Forbidden");
    const upgraded = ask({ ...good(), ...upgrade(), origin }, ATTACH);
    await refused(upgraded, 403, "Forbidden");
    const preflight = ask(
      { origin, "access-control-request-method": "POST" },
      { method: "OPTIONS" },
    );
    await refused(preflight, 403, "Forbidden");
  });
});

describe("a body that is none", () => {
  const post = (type: string, body: string) =>
    ask({ ...good(), "content-type": type }, { ...POST, body });

  test("text that is not JSON must be refused", async () => {
    await refused(post("application/json", "{"), 400, "BadRequest");
  });

  test.each([["text/plain"], ["application/x-www-form-urlencoded"]])(
    "JSON as %s, which a page may send unasked, must not be read",
    async (type) => {
      const name = `t-unread-${process.pid}`;
      const body = JSON.stringify({
        metadata: { name },
        spec: { target: stage.sidecar.name },
      });
      const { status, problem } = await post(type, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      // The target that it names was not even looked at.
      expect(problem.detail).not.toContain(stage.sidecar.name);
    },
  );

  test("one that is too large must be refused", async () => {
    const body = JSON.stringify({ spec: { target: "x".repeat(300_000) } });
    const { status, problem } = await post("application/json", body);
    expect(status).toBe(413);
    expect(problem.detail).toContain("too large");
  });

  test.each([
    [{}, "spec"],
    [{ spec: {} }, "spec.target"],
    [
      { spec: { target: "x", colour: "red" } },
      'unknown field "spec.colour", there are: ',
    ],
    [{ spec: { target: "x" }, status: {} }, '"status"'],
    [{ spec: { target: "x", port: 0 } }, "spec.port"],
    [{ spec: { target: "x", match: [] } }, "spec.match"],
    [
      { spec: { target: "x", match: [{ heder: {} }] } },
      'unknown field "spec.match[0].heder", did you mean "spec.match[0].header"?',
    ],
    [{ spec: { target: "x" }, metadata: { name: "No Name" } }, "metadata.name"],
    [[], "expected object"],
  ])("%j must be refused, and name what is wrong", async (body, wrong) => {
    const posted = post("application/json", JSON.stringify(body));
    const { detail } = await refused(posted, 422, "Invalid");
    expect(detail).toContain(wrong);
  });
});

describe("what is not there", () => {
  test.each([
    ["GET", "/v1/nothing"],
    ["GET", "/"],
    ["GET", "/v1/sessions/nobody"],
    ["DELETE", "/v1/sessions/nobody"],
    ["GET", "/v1/sessions/nobody/logs"],
    ["GET", "/v1/pauses/nobody"],
    ["POST", "/v1/pauses/nobody/continue"],
    ["GET", "/v1/sessions/%2e%2e%2fpauses"],
  ])("%s %s must be NotFound", async (method, path) => {
    await refused(ask(good(), { method, path }), 404, "NotFound");
  });

  test("another method must be told which there are", async () => {
    const asked = ask(good(), { method: "PUT", path: "/v1/sessions" });
    const { hint } = await refused(asked, 405, "MethodNotAllowed");
    expect(hint).toBe("It takes GET, POST, HEAD.");
  });

  test("another version must be told which is served", async () => {
    const asked = ask(good(), { path: "/v2/sessions" });
    const { hint } = await refused(asked, 404, "UnsupportedVersion");
    expect(hint).toContain("/v1/");
  });

  test("a path that is no path must be a bad request", async () => {
    const asked = ask(good(), { path: "/v1/sessions/%ff" });
    await refused(asked, 400, "BadRequest");
  });

  test.each([
    [ATTACH.path, 404, "NotFound"],
    ["/v1/sessions", 404, "NotFound"],
    ["/v1/pauses/%ff/attach", 400, "BadRequest"],
    ["//", 400, "BadRequest"],
  ])(
    "a terminal at %s must be refused, and harm nobody",
    async (path, status, code) => {
      await refused(ask(upgrade(), { path }), 401, "Unauthorized");
      const known = { ...good(), ...upgrade() };
      await refused(ask(known, { path }), status, code);
      expect((await ask(good())).status).toBe(200);
    },
  );
});

describe("from where the API can be reached", () => {
  test("another container must get nothing without the token and the host", async () => {
    const address = await docker(
      "inspect",
      "-f",
      "{{.NetworkSettings.IPAddress}}",
      stage.sidecar.name,
    );
    const script = `
import http.client, sys
for host in (None, "127.0.0.1:7007"):
    connection = http.client.HTTPConnection(sys.argv[1], 7007, timeout=5)
    connection.request("GET", "/v1/sessions", headers={"Host": host} if host else {})
    print(connection.getresponse().status)
`;
    const statuses = await docker(
      "run",
      "--rm",
      "--entrypoint",
      "python3",
      "sidestep-demo-shop",
      "-c",
      script,
      address,
    );
    expect(statuses.split("\n")).toEqual(["403", "401"]);
  });

  test("the compose file must publish it on this machine's loopback only", async () => {
    const config = JSON.parse(
      await run("docker", [
        "compose",
        "--profile",
        "debug",
        "config",
        "--format",
        "json",
      ]),
    ) as { services: Record<string, { ports?: { host_ip?: string }[] }> };
    const ports = config.services["sidestep"]?.ports;
    expect(ports).toMatchObject([{ host_ip: "127.0.0.1", target: 7007 }]);
  });

  test("this machine's other addresses must not answer", async () => {
    const port = Number(new URL(url).port);
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter((each) => !each.internal && each.family === "IPv4")
      .map((each) => each.address);
    expect(others).not.toEqual([]);
    const reached = await Promise.all(
      others.map(
        (address) =>
          new Promise<boolean>((resolve) => {
            const socket = connect({ host: address, port, timeout: 2_000 });
            const end = (ok: boolean) => {
              socket.destroy();
              resolve(ok);
            };
            socket.on("connect", () => end(true));
            socket.on("error", () => end(false));
            socket.on("timeout", () => end(false));
          }),
      ),
    );
    expect(reached).toEqual(others.map(() => false));
  });

  test("the token's file must be readable by its owner alone", async () => {
    const file = "/.sidestep/private/token";
    const { name } = stage.sidecar;
    const [mode, size] = (
      await docker("exec", name, "stat", "-c", "%a %s", file)
    ).split(" ");
    expect(mode).toBe("600");
    expect(Number(size)).toBeGreaterThanOrEqual(43);
    const { code } = await tryRun("docker", [
      "exec",
      "-u",
      "4242",
      name,
      "cat",
      file,
    ]);
    expect(code).not.toBe(0);
    expect(await stage.sidecar.logs()).not.toContain(token);
  });
});
