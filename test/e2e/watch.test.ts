import { afterAll, beforeAll, expect, test } from "vitest";
import { get } from "./support/http.js";
import { ALICE, startKept, STOP } from "./support/kept.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import { startSidecar } from "./support/sidecar.js";
import { openStage, type App, type Stage } from "./support/stage.js";
import { startWatching } from "./support/watching.js";

let stage: Stage;
let app: App;
beforeAll(async () => {
  stage = await openStage();
  app = await startKept(stage);
});
afterAll(async () => {
  await stage?.end();
});

const watch = (...args: string[]) =>
  startWatching(stage.sidecar.name, "get", ...args);

test("a watch must see a session come, become ready, pause and go, and a restart of the sidecar", async () => {
  const sessions = watch("sessions", "--watch", "--output-watch-events");
  const pauses = watch("pauses", "--watch", "--output-watch-events");
  try {
    const name = await stage.debug(
      app.name,
      "-b",
      STOP,
      "--match",
      "header:x-debug=alice",
    );
    const came = await sessions.sees(new RegExp(`^ADDED .*${name} `));
    expect(sessions.rows[0]).toMatch(/^EVENT +NAME +TARGET /);
    const ready = await sessions.sees(/ Ready /, came);

    const pauseAfter = async (from: number): Promise<number> => {
      const stopped = get(`${app.url}/stop`, ALICE);
      stopped.catch(() => undefined);
      const paused = await sessions.sees(/^MODIFIED .* Paused +1 /, from);
      const row = new RegExp(`^ADDED +${name}-1 +${name} +\\S+ +GET /stop`);
      const came = await pauses.sees(row, pauses.rows.length - 1);
      await stage.cli.ok("continue");
      expect((await stopped).body).toBe("went on");
      await pauses.sees(/^DELETED /, came);
      return sessions.sees(/^MODIFIED .* Ready +0 /, paused);
    };
    const on = await pauseAfter(ready);

    await docker("kill", stage.sidecar.name);
    for (const each of [sessions, pauses]) {
      await until("the loss is told", () =>
        each.err().includes("waiting for it"),
      );
    }
    await docker("start", stage.sidecar.name);
    await stage.cli.ok("wait", `session/${name}`, "--for=condition=Ready");
    const last = await pauseAfter(on + 1);

    await stage.delete(name, app.name);
    await sessions.sees(/^MODIFIED .* Restoring /, last);
    await sessions.sees(/^DELETED /, last);
    const loss = "the sidecar has ended or cannot be reached: waiting for it\n";
    expect([sessions.err(), pauses.err()]).toEqual([loss, loss]);
    // The restart has told nothing anew of what it had told before.
    const added = sessions.rows.filter((row) => row.startsWith("ADDED"));
    expect(added).toHaveLength(1);
  } finally {
    for (const each of [sessions, pauses]) each.signal("SIGINT");
  }
  expect([await sessions.ended, await pauses.ended]).toEqual([130, 130]);
});

test("a watch whose reader goes away must end quietly", async () => {
  const script = `set -o pipefail
    timeout 60 node bin/sidestep.js get targets -w -o name | head -1`;
  const env = { SIDESTEP_SIDECAR: stage.sidecar.name };
  const watched = tryRun("bash", ["-c", script], { env });
  // It notices when it writes next: at the change of a target.
  const extra = await stage.run(["--entrypoint", "sleep"], ["600"]);
  let paused = false;
  let ended = false;
  void watched.then(() => (ended = true));
  await until("it has ended", async () => {
    await docker(paused ? "unpause" : "pause", extra);
    paused = !paused;
    return ended;
  });
  const { stdout, stderr } = await watched;
  expect(stdout).toMatch(/^target\/\S+\n$/);
  expect(stderr).toBe("");
});

test("a watch must end by itself when the sidecar ends, not hang", async () => {
  const sidecar = await startSidecar();
  const [url, token] = [await sidecar.url(), await sidecar.token()];
  const answer = await fetch(`${url}/v1/sessions?watch=true`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  await sidecar.end();
  // Rejects where the connection was cut instead of ended.
  const text = await answer.text();
  expect(text).toContain('data: {"type":"BOOKMARK","complete":true}');
});
