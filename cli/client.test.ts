import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DialAgent } from "../docker/engine/reach/dial.js";
import { httpClient, type Client } from "./client.js";
import { report } from "./errors.js";
import type { Endpoint } from "./http.js";
import { FakeServer } from "./testing/fake-server.js";
import { aPause, aSession, aTarget } from "./testing/objects.js";

let server: FakeServer;
let client: Client;
beforeEach(async () => {
  server = new FakeServer();
  server.sidecar.targetList = [aTarget()];
  server.sidecar.sessionList = [aSession()];
  server.sidecar.pauseList = [aPause("p1")];
  server.sidecar.log = ["one", "two"];
  await server.start();
  client = httpClient(server);
});
afterEach(() => server.stop());

async function refused(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
  } catch (error) {
    return report(error).text;
  }
  throw new Error("it was answered");
}

test("every call goes to its place and brings what is there", async () => {
  const body = { spec: aSession().spec };
  expect((await client.version()).engine.version).toBe("26.1.5");
  expect((await client.targets()).items).toEqual([aTarget()]);
  expect((await client.sessions()).items).toEqual([aSession()]);
  expect(await client.session("shop")).toEqual(aSession());
  expect((await client.pauses("shop")).items).toEqual([aPause("p1")]);
  expect(await client.pause("p1")).toEqual(aPause("p1"));
  expect((await client.planSession(body)).plan).toContain("create replica");
  await client.createSession(body);
  await client.deleteSession("shop");
  await client.continuePause("p1");
  expect(server.sidecar.created).toEqual([body, body]);
  expect(server.requests).toEqual([
    "GET /v1/version",
    "GET /v1/targets",
    "GET /v1/sessions",
    "GET /v1/sessions/shop",
    "GET /v1/pauses?session=shop",
    "GET /v1/pauses/p1",
    "POST /v1/sessions?dryRun=true",
    "POST /v1/sessions",
    "DELETE /v1/sessions/shop",
    "POST /v1/pauses/p1/continue",
  ]);
});

test("a log is streamed", async () => {
  let text = "";
  const log = await client.logs("shop", { follow: true, tail: 0, since: "9s" });
  for await (const chunk of log) text += Buffer.from(chunk).toString();
  expect(text).toBe("one\ntwo\n");
  expect(server.requests).toEqual([
    "GET /v1/sessions/shop/logs?follow=true&tail=0&since=9s",
  ]);
});

test("pauses can be waited for; terminals asked for without colours", async () => {
  const size = { cols: 80, rows: 24 };
  await client.pauses("shop", 20);
  const plain = httpClient(server, false);
  for (const each of [client, plain]) {
    (await each.attach("p1", size, () => {})).close();
  }
  // The fake has no main terminals, and says so of the pause.
  await refused(plain.attachMain("shop", size, () => {}));
  expect(server.requests).toEqual([
    "GET /v1/pauses?session=shop&wait=20",
    "UPGRADE /v1/pauses/p1/attach?cols=80&rows=24",
    "UPGRADE /v1/pauses/p1/attach?cols=80&rows=24&colour=false",
    "UPGRADE /v1/sessions/shop/attach?cols=80&rows=24&colour=false",
  ]);
});

test("a name cannot leave its place in the URL", async () => {
  await refused(client.session("../version?x"));
  expect(server.requests).toEqual(["GET /v1/sessions/..%2Fversion%3Fx"]);
});

test("what is refused is in kubectl's words", async () => {
  expect(await refused(client.session("x"))).toBe(
    'Error from server (NotFound): sessions "x" not found\n',
  );
  const stranger = httpClient({ url: server.url, token: "wrong" });
  expect(await refused(stranger.sessions())).toBe(
    "Error from server (Unauthorized): the token is wrong\n",
  );
  const size = { cols: 80, rows: 24 };
  expect(await refused(stranger.attach("p1", size, () => {}))).toBe(
    "Error from server (Unauthorized): the token is wrong\n",
  );
  expect(await refused(client.attach("x", size, () => {}))).toBe(
    'Error from server (NotFound): pauses "x" not found\n',
  );
});

test("nobody listening is told with the address", async () => {
  const { host } = new URL(server.url);
  await server.stop();
  const words = `The connection to the server ${host} was refused - did you specify the right host or port?\n`;
  const size = { cols: 80, rows: 24 };
  expect(await refused(client.sessions())).toContain(words);
  expect(await refused(client.attach("p1", size, () => {}))).toContain(words);
  await server.start();
});

test("a terminal is reached directly where that is possible", async () => {
  const { token, url } = server;
  const nobody = "http://127.0.0.1:1";
  const size = { cols: 80, rows: 24 };
  const attach = async (endpoint: Endpoint) => {
    let screen = "";
    const link = await httpClient(endpoint).attach("p1", size, (bytes) => {
      screen += Buffer.from(bytes).toString();
    });
    await expect.poll(() => screen).toBe("(Pdb) ");
    link.close();
  };
  await attach({ url: nobody, token, direct: url });
  const fallen: Endpoint = { url, token, direct: nobody };
  await attach(fallen);
  expect(fallen.direct).toBeUndefined();
});

test("a slow output holds the terminal's bytes back, and none is lost", async () => {
  const chunks = 400;
  let seen = 0;
  let release = () => {};
  const size = { cols: 80, rows: 24 };
  const link = await client.attach("p1", size, () => {
    seen += 1;
    return seen === 1
      ? new Promise<void>((resolve) => (release = resolve))
      : undefined;
  });
  const [terminal] = server.terminals;
  for (let i = 0; i < chunks; i += 1) {
    terminal?.socket.send(Buffer.alloc(64 * 1024));
  }
  await expect.poll(() => terminal?.socket.bufferedAmount).toBeGreaterThan(0);
  expect(seen).toBeLessThan(chunks);
  release();
  terminal?.socket.close(1000);
  expect((await link.ended).kind).toBe("exit");
  expect(seen).toBe(chunks + 1);
});

test("what cannot be watched is not taken for a watch; a problem document is read", async () => {
  // The fake knows no watches: as an older sidecar, it answers a list.
  expect(await refused(client.watch("sessions", {}))).toBe(
    "error: the server did not answer /v1/sessions with text/event-stream\nit may be of another version than this client: sidestep version\n",
  );
  const body = JSON.stringify({ code: "Gone", detail: "why", hint: "do" });
  const other: Server = createServer((_request, response) => {
    response.writeHead(410, { "content-type": "application/problem+json" });
    response.end(body);
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const later = httpClient({ url: `http://127.0.0.1:${port}`, token: "t" });
  expect(await refused(later.sessions())).toBe(
    "Error from server (Gone): why\ndo\n",
  );
  other.closeAllConnections();
  other.close();
});

test("something else at the address is not taken for the sidecar", async () => {
  const other: Server = createServer((request, response) => {
    response.statusCode = request.url === "/v1/targets" ? 502 : 200;
    response.end("<html>");
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const confused = httpClient({ url, token: "t" });
  expect(await refused(confused.targets())).toBe(
    "Error from server (BadGateway): the server answered 502 Bad Gateway\n",
  );
  expect(await refused(confused.sessions())).toContain(
    "its answer is not JSON",
  );
  other.closeAllConnections();
  other.close();
});

test("a sidecar that has no relay yet, and one whose API does not listen yet", async () => {
  const by = async (said: string) => {
    const failed = () =>
      Promise.reject(Object.assign(new Error(said), { name: "ExecFailed" }));
    const agent = new DialAgent(failed);
    return refused(
      httpClient({ url: server.url, token: "t", agent }).targets(),
    );
  };
  expect(await by("python3: can't open file '/app/sidecar/relay.py'")).toMatch(
    /^error: the sidecar is of an older build.*\nbuild its image anew/,
  );
  expect(await by("refused: Connection refused")).toMatch(
    /^The connection to the server .* was refused - did you specify the right host or port\?\n/,
  );
});

test("on an Engine that is production only what names its target is created or changed", async () => {
  const sign = 'the docker context "prod" is named so';
  const { url, token } = server;
  const there = httpClient({ url, token, production: sign });
  const { spec } = aSession();
  const tries = [
    there.createSession({ spec }),
    there.planSession({ spec }),
    there.updateSession("shop", { spec }),
    there.createSession({ spec: { ...spec, allowProduction: "other" } }),
  ];
  for (const each of tries) {
    expect(await refused(each)).toBe(
      `error: the Engine is production: ${sign}\nif it is meant all the same, say so by the target's name: --allow-production=${spec.target} (allowProduction in a file)\n`,
    );
  }
  expect(server.requests).toEqual([]);
  await there.createSession({
    spec: { ...spec, allowProduction: spec.target },
  });
  expect(server.sidecar.created).toHaveLength(1);
});
