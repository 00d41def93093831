import { afterAll, beforeAll, expect, test } from "vitest";
import { get } from "./support/http.js";
import { ALICE, startKept } from "./support/kept.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import { openStage, type Stage } from "./support/stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

test("a session that is being deleted when the sidecar dies must stay deleted", async () => {
  const app = await startKept(stage);
  const match = ["--match", "header:x-debug=alice", "--name", "deleted"];
  const session = await stage.debug(app.name, ...match);
  // It waits for a request that is in hand.
  const answer = get(`${app.url}/download?kb=20&seconds=15`, ALICE);
  await until("it is in hand", async () =>
    (await stage.cli.ok("get", "requests")).includes("/download"),
  );
  const deleted = stage.cli.any(["delete", "session", session]);
  await until("it drains", async () => {
    const { status } = await stage.session(session);
    return status.phase === "Restoring";
  });
  await docker("kill", "-s", "KILL", stage.sidecar.name);
  await docker("start", stage.sidecar.name);
  await until("the sidecar is back, and the session is over", async () => {
    const names = await stage.cli.ok("get", "sessions", "-o", "name");
    return names === "";
  });
  expect((await answer).body.length).toBe(20 * 1024);
  await deleted;
});
