import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stacks } from "../../sidecar/schema/index.js";
import { get } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import { fixture, openStage, published, type Stage } from "./support/stage.js";

const SLEEPING = /Thread "(holder|sender)": sleeping\n/;

// Where is it stuck? All stacks of the replica, without pausing anything.
describe("sidestep stacks", () => {
  let stage: Stage;
  let url: string;
  let app: string;
  let session: string;

  beforeAll(async () => {
    stage = await openStage();
    app = await stage.run(
      [
        ...["-v", `${fixture("stuck")}:/fixture:ro`, "-w", "/fixture"],
        ...["-p", "127.0.0.1:0:8000", "--entrypoint", "gunicorn"],
      ],
      ["-b", "0.0.0.0:8000", "app"],
    );
    url = await published(app);
    await until("the app answers", () => get(url));
    session = await stage.debug(app, "--name", "stuck");
  });
  afterAll(async () => {
    await stage?.end();
  });

  const go = async () => {
    const { replica } = (await stage.session(session)).status;
    await docker("exec", replica!.container, "touch", "/tmp/go");
  };
  const nothingPaused = async () =>
    expect(await stage.cli.ok("get", "pauses", "-o", "name")).toBe("");

  test.each([
    [
      "/lock",
      /Thread "MainThread": waiting for a lock: GET \/lock\?order=7 from [\d.]+\n(?: +.*\n)+ {2}File "\/fixture\/app.py", line 34, in stuck_on_lock\n {4}with lock:\n/,
      "had the lock",
    ],
    [
      "/socket",
      /Thread "MainThread": waiting to read from a unix socket: GET \/socket\?order=7 from [\d.]+\n(?: +.*\n)+ {2}File "\/fixture\/app.py", line 40, in stuck_on_socket\n {4}return here.recv\(1\).decode\(\)\n/,
      "x",
    ],
  ])(
    "must show a request that hangs in %s, and the line, and pause nothing",
    async (path, stack, body) => {
      const answer = get(`${url}${path}?order=7`);
      // The other thread may come to its sleep a moment later.
      await until("the line is shown", async () => {
        const shown = `${await stage.cli.ok("stacks", `session/${session}`)}\n`;
        return stack.test(shown) && SLEEPING.test(shown);
      });
      const text = await stage.cli.ok("stacks");
      expect(text).toMatch(/^session\/stuck {2}pid \d+ {2}python 3\.\S+ {2}gu/);
      expect(text).toMatch(SLEEPING);
      expect(text).not.toContain("sidestep_kit");
      await nothingPaused();
      await go();
      expect(await answer).toMatchObject({ status: 200, body });
    },
  );

  test("-o json must have all of it for programs", async () => {
    const answer = get(`${url}/lock`);
    const read = async () => {
      const json = await stage.cli.ok("stacks", "-o", "json");
      const { processes } = (JSON.parse(json) as Stacks).status;
      return processes[0]?.threads.find(({ request }) => request);
    };
    const thread = await until("the request is served", read);
    expect(thread).toMatchObject({
      thread: "MainThread",
      request: { method: "GET", path: "/lock" },
    });
    await go();
    await answer;
    expect(await read()).toBeUndefined();
  });

  test("a process that does not answer must be named, with the reason", async () => {
    const answer = get(`${url}/c`);
    const { code, stdout, stderr } = await until("it is stuck", async () => {
      const said = await stage.cli.any(["stacks"]);
      return said.code === 1 ? said : undefined;
    });
    expect(code).toBe(1);
    expect(stdout).toContain(
      "it does not answer: something holds its interpreter, such as a C extension",
    );
    expect(stderr).toMatch(/^error: no stacks of process \d+\n/);
    expect(await answer).toMatchObject({ status: 200, body: "slept" });
    expect(await stage.cli.ok("stacks")).toContain('Thread "MainThread"');
  });

  test("a thread that is paused must be shown where it is, with its pause", async () => {
    const answer = get(`${url}/pause`);
    const { metadata } = await until("there is a pause", async () => {
      return (await stage.pauses(session))[0];
    });
    const pause = `pause/${metadata.name}`;
    const text = await stage.cli.ok("stacks");
    expect(text).toMatch(
      `Thread "MainThread": paused, sidestep attach ${pause}: GET /pause from `,
    );
    expect(text).toMatch(/line \d+, in paused\n {4}(breakpoint\(\)|return)/);
    await stage.cli.ok("continue", pause);
    expect(await answer).toMatchObject({ status: 200, body: "went on" });
  });

  test("an app without the kit must be refused with the reason", async () => {
    const name = await stage.run(
      [
        ...["-p", "127.0.0.1:0:80"],
        ...["-v", `${fixture("static/nginx.conf")}:/etc/nginx/nginx.conf:ro`],
      ],
      [],
      "sidestep-demo-web",
    );
    const other = await stage.debug(name, "--name", "static");
    const { code, stderr } = await stage.cli.any(["stacks", "static"]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error from server (NoKit): no process of session "static" has loaded the kit',
    );
    await stage.delete(other, name);
  });
});
