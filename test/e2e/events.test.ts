import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filterEngine, type EngineProxy } from "./support/engine-proxy.js";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import { openStage, published, type Stage } from "./support/stage.js";

// The Engine's events only say "look again": what is lost, late or in another
// order changes nothing.
const ALICE = { "x-debug": "alice" };
const HELD_MS = 1_500;
const folder = mkdtempSync(join(tmpdir(), "sidestep-events-"));

let proxy: EngineProxy;
let stage: Stage;
let told: { lost: number; late: number };
beforeAll(async () => {
  told = { lost: 0, late: 0 };
  const events = (url: string) => /\/events(\?|$)/.test(url);
  proxy = await filterEngine(
    join(folder, "docker.sock"),
    () => true,
    ({ url }) => (events(url) ? disorder() : undefined),
  );
  const env = { DOCKER_HOST: "unix:///run/proxy/docker.sock" };
  stage = await openStage(env, undefined, { socket: `${folder}:/run/proxy` });
});
afterAll(async () => {
  await stage?.end();
  proxy?.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Every third event is dropped; the others come later, the latest first. */
function disorder(): Transform {
  let rest = "";
  let held: string[] = [];
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (++count % 3 === 0) told.lost++;
        else held.push(line);
      }
      timer ??= setTimeout(() => {
        timer = undefined;
        told.late += held.length;
        if (!stream.destroyed)
          for (const line of held.reverse()) stream.push(`${line}\n`);
        held = [];
      }, HELD_MS);
      done();
    },
  });
  return stream;
}

test("events that are lost, late and in another order must change nothing", async () => {
  const app = await stage.web();
  const session = await stage.debug(
    app.name,
    "--match",
    "header:x-debug=alice",
  );
  for (const command of ["restart -t 1", "kill", "start"]) {
    await docker(...command.split(" "), app.name);
    if (command === "kill") continue;
    // Its port is published anew.
    const url = await published(app.name);
    await until("alice is at the replica again", async () => {
      const { status } = await stage.session(session);
      if (status.oldConnections || status.phase !== "Ready") return false;
      return servedBy(await get(url, ALICE)) === `session=${session}`;
    });
    expect(servedBy(await get(url))).toBe("original");
  }
  await stage.delete(session, app.name);
  expect(told.lost).toBeGreaterThan(3);
  expect(told.late).toBeGreaterThan(6);
});
