import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FoundSidecar } from "../docker/engine/find-sidecars.js";
import {
  discover,
  type DiscoveryOptions,
  type SidecarFinder,
} from "./discover.js";
import { EngineError } from "../docker/engine/engine.js";
import { report } from "./errors.js";
import { isTransient } from "./server-errors.js";
import { FakeServer } from "./testing/fake-server.js";
import { whoIsThis } from "./who.js";

let server: FakeServer;
beforeAll(async () => {
  server = new FakeServer();
  await server.start();
});
afterAll(() => server.stop());

/** A sidecar that publishes where the server is, and whose token the server has. */
const sidecar = (
  name: string,
  more: Partial<FoundSidecar> = {},
): FoundSidecar => ({
  name,
  url: `${server.url}/`,
  token: async () => server.token,
  tunnel: async () => new PassThrough(),
  version: "0.1.0",
  state: "running",
  places: [],
  ...more,
});

const finder = (...found: FoundSidecar[]) => here({ find: async () => found });
const here = (each: SidecarFinder) => async () => each;
const failing = (error: Error) =>
  here({ find: () => Promise.reject<FoundSidecar[]>(error) });

/** Who was chosen. */
async function chosen(
  find: () => Promise<SidecarFinder>,
  env: Parameters<typeof discover>[1] = {},
  options: DiscoveryOptions = {},
): Promise<string> {
  let name = "";
  await discover(find, env, {
    ...options,
    chosen: (each) => (name = each.name),
  });
  return name;
}

async function refused(found: Promise<unknown>): Promise<string> {
  try {
    await found;
  } catch (error) {
    return report(error).text;
  }
  throw new Error("it was found");
}

test("the only sidecar, where it is published", async () => {
  expect(await discover(finder(sidecar("a")), {})).toEqual({
    url: server.url,
    token: server.token,
    client: whoIsThis(),
  });
});

test("its own address, only where this machine has the network's gateway", async () => {
  const near = { host: "10.9.8.7", gateway: "127.0.0.1" };
  const elsewhere = { host: "10.9.8.6", gateway: "203.0.113.1" };
  const of = async (...places: FoundSidecar["places"]) =>
    (await discover(finder(sidecar("a", { places })), {})).direct;
  expect(await of(elsewhere, near)).toBe("http://10.9.8.7:7007");
  expect(await of(elsewhere)).toBeUndefined();
});

test("inside of the sidecar's container, without the Engine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sidestep-"));
  try {
    const file = join(folder, "token");
    writeFileSync(file, "secret\n");
    const engine = failing(new Error("asked"));
    const env = { SIDESTEP_TOKEN_FILE: file };
    expect(await discover(engine, env)).toEqual({
      url: "http://127.0.0.1:7007",
      token: "secret",
      client: whoIsThis(),
    });
    // A context that was named is another place.
    expect(await chosen(finder(sidecar("a")), env, { elsewhere: true })).toBe(
      "a",
    );
    const none = { SIDESTEP_TOKEN_FILE: join(folder, "none") };
    expect(await chosen(finder(sidecar("a")), none)).toBe("a");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("of several, the one that is named: by flag, then by environment", async () => {
  const two = finder(sidecar("a"), sidecar("b", { project: "demo" }));
  const env = { SIDESTEP_SIDECAR: "a" };
  expect(await chosen(two, env, { wanted: "b" })).toBe("b");
  expect(await chosen(two, {}, { wanted: "demo" })).toBe("b");
  expect(await chosen(two, env)).toBe("a");
  expect(await refused(discover(two, {}))).toBe(
    "error: several sidecars are running here: a, b\nchoose one with --sidecar NAME or SIDESTEP_SIDECAR=NAME\n",
  );
  expect(await refused(discover(two, {}, { wanted: "c" }))).toBe(
    'error: no sidecar is named "c"\nthere is: a, b\n',
  );
});

test("a stopped one beside a running one is not asked about", async () => {
  const both = finder(sidecar("old", { state: "exited" }), sidecar("new"));
  expect(await chosen(both)).toBe("new");
});

test("none, and one that does not run", async () => {
  expect(await refused(discover(finder(), {}))).toBe(
    "error: no sidecar is running here\nstart one with: sidestep up\nor, where your compose file has a service for it: docker compose --profile debug up -d\n",
  );
  const exited = finder(sidecar("a", { state: "exited" }));
  expect(await refused(discover(exited, {}))).toBe(
    'error: the sidecar "a" is not running: it is exited\nstart it with: docker start a; or take it down with: sidestep down --sidecar a\n',
  );
});

test("the token is told to nobody but the sidecar; the rest is by exec", async () => {
  const lines: string[] = [];
  const way = async (
    more: Partial<FoundSidecar>,
    place: Partial<SidecarFinder> = {},
    options: DiscoveryOptions = {},
  ) => {
    const find = here({ ...place, find: async () => [sidecar("a", more)] });
    const trace = (line: string) => void lines.push(line);
    const { agent } = await discover(find, {}, { ...options, trace });
    return [agent ? "exec" : "direct", lines.at(-1)];
  };
  const { host } = new URL(server.url);
  expect(await way({})).toEqual(["direct", `transport: direct, ${server.url}`]);
  expect(await way({ url: undefined })).toEqual([
    "exec",
    "transport: exec in a: it publishes no port",
  ]);
  expect(await way({}, { mayBeHere: false })).toEqual([
    "exec",
    "transport: exec in a: the Engine is on another machine",
  ]);
  // Another sidecar has the same port here: what it is told is no secret.
  expect(await way({ token: async () => "of another" })).toEqual([
    "exec",
    `transport: exec in a: what answers at ${host} is not this sidecar`,
  ]);
  expect(await way({ url: "http://127.0.0.1:1" })).toEqual([
    "exec",
    "transport: exec in a: what answers at 127.0.0.1:1 is not this sidecar",
  ]);
  expect(await way({}, {}, { transport: "exec" })).toEqual([
    "exec",
    "transport: exec in a: as it was asked for",
  ]);
  expect(server.requests).toEqual([]);
  const hidden = finder(sidecar("a", { url: undefined }));
  expect(await refused(discover(hidden, {}, { transport: "direct" }))).toBe(
    'error: the sidecar "a" cannot be reached directly: it publishes no port\nwithout --transport=direct it is reached through the Engine\n',
  );
});

test("an Engine that is down or forbidden, also wrapped", async () => {
  const system = (code: string) =>
    Object.assign(new Error(`connect ${code}`), {
      code,
      address: "/var/run/docker.sock",
    });
  const wrapped = new Error("list containers", { cause: system("ENOENT") });
  for (const error of [system("ECONNREFUSED"), wrapped]) {
    expect(await refused(discover(failing(error), {}))).toContain(
      "The connection to the Docker Engine at /var/run/docker.sock was refused - is it running?\n",
    );
  }
  expect(await refused(discover(failing(system("EACCES")), {}))).toContain(
    "error: permission denied by the Docker Engine at /var/run/docker.sock\n",
  );
});

test("an Engine elsewhere is told with the context, and who chose it", async () => {
  const error = Object.assign(new Error("connect ECONNREFUSED"), {
    code: "ECONNREFUSED",
    address: "203.0.113.7",
    port: 2376,
  });
  const place = { url: "tcp://203.0.113.7:2376", context: "far", by: "docker" };
  const find = here({ place, find: () => Promise.reject(error) });
  expect(await refused(discover(find, {}))).toBe(
    "The connection to the Docker Engine at 203.0.113.7:2376 was refused - did you specify the right host or port?\n" +
      'it is the Engine of context "far" (by docker); try: docker --context far version\n',
  );
});

test("one that ends while it is asked for its token is not running, which can pass", async () => {
  const token = async () => {
    throw new EngineError("POST /exec", 409, "container is not running");
  };
  const found = discover(finder(sidecar("a", { token })), {});
  const error: unknown = await found.catch((reason: unknown) => reason);
  expect(isTransient(error)).toBe(true);
  expect(report(error).text).toContain(
    'error: the sidecar "a" is not running: it is ending\n',
  );
});
