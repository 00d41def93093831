import { hostname, userInfo } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Event, List } from "../../sidecar/schema/index.js";
import { get } from "./support/http.js";
import { ALICE, startKept, STOP } from "./support/kept.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import { openStage, type App, type Stage } from "./support/stage.js";

const ME = `${userInfo().username}@${hostname()} (context default)`;

let stage: Stage;
let app: App;
beforeAll(async () => {
  stage = await openStage();
  app = await startKept(stage);
});
afterAll(async () => {
  await stage?.end();
});

test("who did what must be events and lines of the log, without what was typed or told", async () => {
  const match = ["--match", "header:x-debug=alice"];
  const session = await stage.debug(app.name, "-b", STOP, ...match);
  const answer = get(`${app.url}/stop`, ALICE);
  const pause = `${session}-1`;
  await until("it is paused", () => stage.cli.ok("get", "pause", pause));
  const terminal = stage.cli.tty("attach", `pause/${pause}`);
  await terminal.sees("(Pdb)");
  terminal.enter("p 'a-' + 'hush'");
  await terminal.sees("a-hush");
  terminal.type("\x10\x11");
  expect(await terminal.ends()).toBe(0);
  await stage.cli.ok("continue", `pause/${pause}`);
  expect((await answer).status).toBe(200);
  await stage.cli.ok("exec", `session/${session}`, "--", "echo", "hush");
  await stage.cli.ok("cp", `session/${session}:/etc/hostname`, "/dev/null");
  await stage.delete(session, app.name);

  const json = await stage.cli.ok(
    ...["events", "--for", `session/${session}`, "-o", "json"],
  );
  const acts = (JSON.parse(json) as List<Event>).items
    .map(({ status }) => status)
    .filter(({ reason }) => reason.endsWith("By"));
  expect(acts.map((a) => [a.reason, a.object, a.message])).toEqual([
    ["CreatedBy", `session/${session}`, ME],
    ["AttachedBy", `pause/${pause}`, ME],
    ["TypedBy", `pause/${pause}`, ME],
    ["ContinuedBy", `pause/${pause}`, ME],
    ["ExecBy", `session/${session}`, `${ME}: echo`],
    ["FilesReadBy", `session/${session}`, `${ME}: /etc/hostname`],
    ["DeletedBy", `session/${session}`, ME],
  ]);
  const log = await docker("logs", stage.sidecar.name);
  expect(log).toContain(`pause/${pause} typed into by ${ME}`);
  expect(log + json).not.toContain("hush");
});
