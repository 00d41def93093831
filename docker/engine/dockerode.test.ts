import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectEngine } from "./dockerode.js";
import { EngineError, type Engine } from "./engine.js";
import { fakeEngine, type FakeEngine } from "./testing/fake-engine.js";

let fake: FakeEngine;
let engine: Engine;

beforeEach(async () => {
  fake = await fakeEngine();
  engine = await connectEngine({ socketPath: fake.socketPath });
  fake.asked.length = 0;
});

afterEach(() => fake.close());

const failure = async (run: Promise<unknown>): Promise<EngineError> => {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
};

test.each([
  ["1.41", "v1.41"],
  ["1.45", "v1.45"],
  ["1.99", "v1.48"],
])("of an Engine with API %s it asks for %s", async (theirs, pinned) => {
  const other = await fakeEngine(theirs);
  try {
    const { socketPath } = other;
    const connected = await connectEngine({ socketPath });
    other.answer({ json: [] });
    await connected.list();
    expect(other.asked.at(-1)?.url).toMatch(`/${pinned}/containers/json`);
    expect(await connected.version()).toEqual({
      version: "26.1.5",
      apiVersion: pinned.slice(1),
    });
  } finally {
    await other.close();
  }
});

test("an Engine that cannot be reached is status 0, and says why", async () => {
  const socketPath = `${fake.socketPath}.absent`;
  const error = await failure(connectEngine({ socketPath }));
  expect(error.status).toBe(0);
  expect(error.call).toBe("version");
  expect(error.message).toContain("ENOENT");
});

test("an Engine that goes away is status 0, for streams too", async () => {
  await fake.close();
  for (const run of [
    engine.list(),
    engine.inspect("shop"),
    engine.logs("shop", true, {}),
    engine.readArchive("shop", "/token"),
  ]) {
    expect((await failure(run)).status).toBe(0);
  }
  fake = await fakeEngine();
});

test("a failure has the call, the status and the Engine's own words", async () => {
  const message = "Conflict. The container name is already in use";
  fake.answer({ status: 409, json: { message } });
  const error = await failure(engine.create({ name: "shop", body: {} }));
  expect(error.status).toBe(409);
  expect(error.message).toBe(`create shop: ${message}`);
  expect(error.cause).toBeInstanceOf(Error);
});

test.each([
  [
    "its own words on a stream",
    { json: { message: "no such thing" } },
    "no such thing",
  ],
  ["a body of null", { raw: "null" }, "null"],
  ["no body", {}, "server error"],
  ["words that are no JSON", { raw: "upstream is away\n" }, "upstream is away"],
  ["JSON without a message", { json: { code: 7 } }, "server error"],
])("%s, where that is all there is", async (_, answer, words) => {
  fake.answer({ status: 500, ...answer });
  const calls: [string, Promise<unknown>][] = [
    ["logs shop", engine.logs("shop", true, { follow: true })],
    ["wait shop", engine.wait("shop")],
  ];
  for (const [call, run] of calls) {
    const error = await failure(run);
    expect(error.status).toBe(500);
    expect(error.message).toBe(`${call}: ${words}`);
  }
});

test("create sends its body, and puts nothing of it into the URL", async () => {
  fake.answer({ status: 201, json: { Id: "0123" } });
  const body = { Image: "sha256:app", Env: ["SIDESTEP_TOKEN=s3cret"] };
  expect(await engine.create({ name: "shop-sidestep-a", body })).toBe("0123");
  expect(fake.asked).toEqual([
    {
      method: "POST",
      url: "/v1.45/containers/create?name=shop-sidestep-a",
      body: JSON.stringify(body),
    },
  ]);
});

test("what is not there is undefined", async () => {
  fake.answer({ status: 404, json: { message: "No such container: x" } });
  expect(await engine.inspect("x")).toBeUndefined();
  expect(await engine.readArchive("x", "/token")).toBeUndefined();
});

test.each<[string, number, string, (e: Engine) => Promise<void>]>([
  ["started", 304, "", (e) => e.start("x")],
  ["removed", 404, "No such container: x", (e) => e.remove("x")],
  [
    "being removed",
    409,
    "removal of container x is already in progress",
    (e) => e.remove("x"),
  ],
  ["paused", 409, "Container x is already paused", (e) => e.pause("x")],
  ["thawed", 500, "Container x is not paused", (e) => e.unpause("x")],
  ["gone", 404, "No such container: x", (e) => e.unpause("x")],
  [
    "connected",
    403,
    "endpoint with name x already exists in network n",
    (e) => e.connect("n", "x", {}),
  ],
  [
    "without that volume",
    404,
    "get v: no such volume",
    (e) => e.removeVolume("v"),
  ],
])("what is already %s is no error", async (_, status, message, run) => {
  fake.answer({ status, ...(message ? { json: { message } } : {}) });
  await expect(run(engine)).resolves.toBeUndefined();
});

test.each<[string, number, string, (e: Engine) => Promise<void>]>([
  [
    "pausing what does not run",
    409,
    "container x is not running",
    (e) => e.pause("x"),
  ],
  ["a thaw that failed", 500, "cannot thaw the cgroup", (e) => e.unpause("x")],
  [
    "an address in use",
    403,
    "Address already in use",
    (e) => e.connect("n", "x", {}),
  ],
  ["a volume in use", 409, "volume is in use", (e) => e.removeVolume("v")],
])("%s is an error", async (_, status, message, run) => {
  fake.answer({ status, json: { message } });
  const error = await failure(run(engine));
  expect(error.status).toBe(status);
  expect(error.message).toContain(message);
});

test("a path exists where the Engine says so", async () => {
  fake.answer({ status: 404 });
  expect(await engine.exists("x", "/usr/lib/python3")).toBe(false);
  fake.answer({ status: 200 });
  expect(await engine.exists("x", "/usr/lib/python3")).toBe(true);
  expect(fake.asked.at(-1)).toMatchObject({
    method: "HEAD",
    url: expect.stringMatching(
      /\/x\/archive\?path=%2Fusr%2Flib%2Fpython3$/,
    ) as string,
  });
});

test("removal kills, and leaves anonymous volumes", async () => {
  await engine.remove("x");
  expect(fake.asked[0]).toMatchObject({
    method: "DELETE",
    url: "/v1.45/containers/x?force=true&v=false",
  });
});

test("list asks for stopped ones too, and gives names without the slash", async () => {
  const row = {
    Id: "0",
    Names: ["/shop"],
    Image: "i",
    State: "exited",
    Labels: { a: "b" },
    Created: 7,
  };
  fake.answer({ json: [row, { ...row, Names: [] }] });
  const rows = await engine.list(["a=b"]);
  expect(rows[0]).toEqual({
    id: "0",
    name: "shop",
    image: "i",
    state: "exited",
    labels: { a: "b" },
    created: 7,
  });
  expect(rows[1]?.name).toBe("");
  const url = new URL(fake.asked[0]!.url, "http://engine");
  expect(url.searchParams.get("all")).toBe("true");
  expect(url.searchParams.get("filters")).toBe('{"label":["a=b"]}');
});

test.each(['{"level":"info"}\n', "42", "null", ""])(
  "a terminal's log that is JSON, %j, stays text",
  async (log) => {
    fake.answer({ raw: log });
    expect(await text(await engine.logs("x", true, { tail: 10 }))).toBe(log);
    expect(fake.asked[0]?.url).toContain("tail=10");
  },
);

test("a log without a terminal comes without its frames", async () => {
  const frames = Buffer.from("\x01\0\0\0\0\0\0\x03out\x02\0\0\0\0\0\0\x03err");
  fake.answer({ raw: frames });
  expect(await text(await engine.logs("x", false, {}))).toBe("outerr");
});

test("top gives the command lines, whatever the columns are", async () => {
  const Processes = [["1", "gunicorn app"], ["9"]];
  fake.answer({ json: { Titles: ["PID", "COMMAND"], Processes } });
  expect(await engine.top("x")).toEqual(["gunicorn app", ""]);
});

test("an archive is written as it is", async () => {
  fake.answer({});
  await engine.writeArchive("x", "/run", Readable.from([Buffer.from("tar")]));
  expect(fake.asked).toEqual([
    {
      method: "PUT",
      url: "/v1.45/containers/x/archive?path=%2Frun",
      body: "tar",
    },
  ]);
});
