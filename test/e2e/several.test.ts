import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, run } from "./support/run.js";
import { openStage, told, type App, type Stage } from "./support/stage.js";

// Several people debug one target at the same time, and none is in another's way.
let stage: Stage;
let app: App;
beforeAll(async () => {
  stage = await openStage();
  app = await stage.web();
  await Promise.all(
    ["alice", "bob"].map((name) =>
      stage.debug(
        app.name,
        "--name",
        name,
        "--match",
        `header:x-debug=${name}`,
      ),
    ),
  );
});
afterAll(async () => {
  await stage?.end();
});

/** `sidestep debug` that must be refused; what it says. */
const refused = async (...flags: string[]): Promise<string> => {
  const { code, stdout, stderr } = await stage.cli.any([
    "debug",
    app.name,
    ...flags,
  ]);
  expect([code, stdout]).toEqual([1, ""]);
  return stderr;
};

test("each of two people must reach the own replica, everybody else the original", async () => {
  const [alice, bob, nobody] = await Promise.all([
    get(app.url, { "x-debug": "alice" }),
    get(app.url, { "x-debug": "bob" }),
    get(app.url),
  ]);
  expect([alice, bob, nobody].map(servedBy)).toEqual([
    "session=alice",
    "session=bob",
    "original",
  ]);
  const hosts = [alice, bob, nobody].map((answer) => told(answer)["host"]);
  expect(new Set(hosts).size).toBe(3);
});

test("a match that overlaps must be refused, with an example and the ways out", async () => {
  const stderr = await refused("--match", "path=/orders/*");
  expect(stderr).toMatch(
    /^Error from server \(MatchTaken\): session "(alice|bob)" already takes requests of ".+" that this one would take too: it has header:x-debug=\1, this one path=\/orders\/\*; both match, for example, "GET \/orders\/ with x-debug: \1"\nNarrow the match, say which goes first with another --priority than 0 \(the higher one\), or delete the other: sidestep delete session \1\.\n$/,
  );
  await refused("--match", "path=/orders/*", "--dry-run");
});

test("of two that are created at the same time and overlap, one must be refused", async () => {
  const made = await Promise.all(
    ["/a/**", "/**/b"].map((path) =>
      stage.cli.any([
        "debug",
        app.name,
        ...["--match", `path=${path}`, "--match", "header:x-debug=carol"],
        "--wait=false",
        ...["-o", "name"],
      ]),
    ),
  );
  expect(made.map(({ code }) => code).sort()).toEqual([0, 1]);
  const created = made.find(({ code }) => code === 0)?.stdout.trim() ?? "";
  expect(made.map(({ stderr }) => stderr).join("")).toContain("MatchTaken");
  await stage.cli.ok("delete", created);
});

test("a priority must be accepted, decide, and be shown by `describe target`", async () => {
  const orders = ["--name", "orders", "--match", "path=/orders/*"];
  await stage.debug(app.name, ...orders, "--priority", "10");
  await stage.debug(app.name, "--name", "rest", "--priority", "-1");
  const served = async (path: string, who = "") =>
    servedBy(await get(`${app.url}${path}`, who ? { "x-debug": who } : {}));
  expect(await served("/orders/7", "alice")).toBe("session=orders");
  expect(await served("/", "alice")).toBe("session=alice");
  expect(await served("/", "bob")).toBe("session=bob");
  expect(await served("/")).toBe("session=rest");

  const text = await stage.cli.ok("describe", "target", app.name);
  const rows = text.split("\n").map((line) => line.trim().split(/ {2,}/));
  const order = rows.filter(([first]) => /^\d$/.test(first ?? ""));
  const people = order.slice(1, 3).map(([, name]) => name);
  expect(people.sort()).toEqual(["alice", "bob"]);
  expect(order.map((row) => row.slice(2, 4))).toEqual([
    ["10", "path=/orders/*"],
    ["0", expect.stringContaining("header:x-debug=")],
    ["0", expect.stringContaining("header:x-debug=")],
    ["-1", "<all>"],
  ]);
  expect([order[0]?.[1], order[3]?.[1]]).toEqual(["orders", "rest"]);
  expect(text).toContain("everything else: rest");

  await stage.cli.ok("delete", "session", "orders", "rest");
  const after = await stage.cli.ok("describe", "target", app.name);
  expect(after).toContain("everything else: the original");
  expect(await served("/orders/7", "alice")).toBe("session=alice");
});

describe("a share link", () => {
  let folder: string;
  let link: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sidestep-share-"));
    await stage.debug(
      app.name,
      "--name",
      "carol",
      "--match",
      "header:x-debug=carol",
    );
    link = await stage.cli.ok("share", "session/carol", "--url", app.url);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The cookies of browsers, by their names. */
  const jars = new Map<string, Map<string, string>>();

  /**
   * Where a browser's request goes, that follows redirects and keeps cookies.
   * curl's own jar brings back a cookie that an answer has taken away.
   */
  const browse = async (from: string, jar = "jar") => {
    const cookies = jars.get(jar) ?? new Map<string, string>();
    jars.set(jar, cookies);
    for (let url = new URL(from), redirects = 0; ; redirects++) {
      const sent = [...cookies].map((each) => each.join("=")).join("; ");
      const code = await run("curl", [
        ...["-sS", "-D", join(folder, "head"), "-o", join(folder, "body")],
        ...(sent ? ["-H", `Cookie: ${sent}`] : []),
        ...["-w", "%{http_code}", url.href],
      ]);
      const head = await readFile(join(folder, "head"), "utf8");
      for (const [, name = "", value = "", attributes = ""] of head.matchAll(
        /^set-cookie: ([^=]+)=([^;\r]*)(.*)\r$/gim,
      )) {
        if (/max-age=0\b/i.test(attributes)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const location = /^location: (.*)\r$/im.exec(head)?.[1];
      if (location === undefined) {
        const served = /^x-sidestep: (.*)\r$/im.exec(head)?.[1] ?? "original";
        return `${code} ${url.href} ${redirects} ${served}`;
      }
      url = new URL(location, url);
    }
  };
  const leave = () => `${app.url}/?sidestep-session=off`;

  test("it must be of the place where the app is published, where none is named", async () => {
    const { port } = new URL(app.url);
    const { stdout, stderr } = await stage.cli.any(["share", "session/carol"]);
    expect(stdout).toBe(link.replace("127.0.0.1", "localhost") + "\n");
    expect(stderr).toContain(
      `to leave: http://localhost:${port}/?sidestep-session=off\n`,
    );
  });

  test("it must put a browser into the session until it leaves", async () => {
    expect(await browse(app.url)).toBe(`200 ${app.url}/ 0 original`);
    expect(await browse(link)).toBe(`200 ${app.url}/ 1 session=carol`);
    expect(await browse(app.url)).toBe(`200 ${app.url}/ 0 session=carol`);
    expect(await browse(app.url, "another")).toBe(`200 ${app.url}/ 0 original`);
    expect(await browse(leave())).toBe(`200 ${app.url}/ 1 original`);
    expect(await browse(app.url)).toBe(`200 ${app.url}/ 0 original`);
  });

  test("the page that it is a link to must be opened", async () => {
    const page = `${app.url}/resolve?name=localhost`;
    const to = await stage.cli.ok("share", "session/carol", "--url", page);
    expect(await browse(to, "page")).toBe(`200 ${page} 1 session=carol`);
    const body = await readFile(join(folder, "body"), "utf8");
    expect(body).toContain("127.0.0.1");
  });

  test("it must be the same after a restart of the sidecar", async () => {
    await browse(link);
    await docker("kill", stage.sidecar.name);
    await docker("start", stage.sidecar.name);
    await until("the browser is in the session again", async () =>
      (await browse(app.url)).endsWith("session=carol"),
    );
    await stage.cli.ok("wait", "session/carol", "--for=condition=Ready");
    const again = await stage.cli.ok(
      "share",
      ...["session/carol", "--url", new URL(app.url).href],
    );
    expect(again).toBe(link);
  });

  test("it must end with the session", async () => {
    expect(await browse(link)).toMatch(/session=carol$/);
    await stage.cli.ok("delete", "session", "carol");
    expect(await browse(app.url)).toBe(`200 ${app.url}/ 0 original`);
    // Of no session: the app gets it as it is.
    expect(await browse(link, "late")).toBe(`200 ${link} 0 original`);
    expect([...(jars.get("late") ?? [])]).toEqual([]);
  });
});

test("a session of the environment that overlaps must wait, say so, and start when it can", async () => {
  // Another sidecar's app is not to be touched.
  const own = await stage.web();
  const id = await docker("inspect", "-f", "{{.Id}}", own.name);
  const other = id.slice(0, 12);
  const env = await openStage({ SIDESTEP_TARGET: `${own.name},${other}` });
  try {
    const first = own.name;
    await env.cli.ok("wait", `session/${first}`, "--for=condition=Ready");
    const { status } = await env.session(other);
    expect(status.phase).toBe("Pending");
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: "Ready", reason: "MatchTaken" }),
    );
    const why = `session "${first}" already takes every request of "${other}"`;
    expect(await env.sidecar.logs()).toContain(
      `session ${other} waits: ${why}`,
    );
    await env.cli.ok("delete", "session", first);
    await env.cli.ok("wait", `session/${other}`, "--for=condition=Ready");
  } finally {
    await env.end();
  }
});
