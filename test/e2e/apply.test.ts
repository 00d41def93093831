import type { Session } from "../../sidecar/schema/index.js";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import { openStage, told, type App, type Stage } from "./support/stage.js";

let stage: Stage;
let app: App;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidestep-apply-"));
  stage = await openStage();
  app = await stage.web();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stage?.end();
});

const NAME = "declared";
/** The file of a session, with these lines more in its spec. */
function manifest(user: string, ...more: string[]): string {
  const path = join(folder, "session.yaml");
  const lines = [
    "apiVersion: sidestep.dev/v1",
    "kind: Session",
    `metadata: {name: ${NAME}}`,
    "spec:",
    `  target: ${app.name}`,
    `  match: [{header: {x-debug: ${user}}}]`,
    ...more.map((line) => `  ${line}`),
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}
const ready = () =>
  stage.cli.ok(
    "wait",
    `session/${NAME}`,
    "--for=condition=Ready",
    "--timeout=120s",
  );
const replicaId = () =>
  docker("inspect", "-f", "{{.Id}}", `${app.name}-sidestep-${NAME}`);
/** By the command line: a sidecar that was started again has another port. */
const sessionNow = async () =>
  JSON.parse(
    await stage.cli.ok("get", "session", NAME, "-o", "json"),
  ) as Session;

const as = (user: string, path = "/") =>
  get(`${app.url}${path}`, { "x-debug": user });

test("created; what `get -o yaml` prints is unchanged; diff 0 and 1", async () => {
  const path = manifest("alice");
  const dry = await stage.cli.ok("apply", "-f", path, "--dry-run=server");
  expect(dry).toBe(`session/${NAME} created (server dry run)`);
  expect(await stage.cli.ok("apply", "-f", path)).toBe(
    `session/${NAME} created`,
  );
  await ready();
  expect(servedBy(await as("alice"))).toBe(`session=${NAME}`);
  const yaml = await stage.cli.ok("get", "session", NAME, "-o", "yaml");
  const again = await stage.cli.any(["apply", "-f", "-"], { input: yaml });
  expect(again.stdout).toBe(`session/${NAME} unchanged\n`);
  const same = await stage.cli.any(["diff", "-f", path]);
  expect(same).toEqual({ code: 0, stdout: "", stderr: "" });
  const other = await stage.cli.any(["diff", "-f", manifest("bob")]);
  expect(other.stdout).toContain("-        x-debug: alice");
  expect(other.stdout).toContain("+        x-debug: bob");
  expect(other.code).toBe(1);
});

test("what only routes must change in place: same replica, and it outlives the sidecar's death", async () => {
  const before = await replicaId();
  const path = manifest("bob", "ttl: 2h", "breakpoints: [{at: 'app.py:1'}]");
  const { stdout, stderr } = await stage.cli.any(["apply", "-f", path]);
  expect({ stdout, stderr }).toEqual({
    stdout: `session/${NAME} configured\n`,
    stderr: "",
  });
  await until("bob is in it", async () => {
    return servedBy(await as("bob")) === `session=${NAME}`;
  });
  expect(servedBy(await as("alice"))).toBe("original");
  expect(await replicaId()).toBe(before);
  const listed = await stage.cli.ok("get", "breakpoints", "-o", "name");
  expect(listed).toBe(`breakpoint/${NAME}-b1`);
  await docker("kill", stage.sidecar.name);
  await docker("start", stage.sidecar.name);
  await until("it is adopted as it was changed", async () => {
    return (await stage.cli.ok("apply", "-f", path)).endsWith("unchanged");
  });
  await ready();
  expect(await replicaId()).toBe(before);
  expect(servedBy(await as("bob"))).toBe(`session=${NAME}`);
});

test("what the replica is made from must make it anew, and nobody else notice", async () => {
  const before = await replicaId();
  const path = manifest("bob", 'env: {MADE: "anew"}');
  let failed = 0;
  let sent = 0;
  let over = false;
  const others = (async () => {
    while (!over) {
      const answer = await get(app.url).catch(() => undefined);
      sent++;
      if (answer?.status !== 200) failed++;
    }
  })();
  const { stdout, stderr } = await stage.cli.any(["apply", "-f", path]);
  expect(stdout).toBe(`session/${NAME} configured\n`);
  expect(stderr).toContain("cannot change in place");
  const { metadata } = await sessionNow();
  await until(
    "another replica serves",
    async () => {
      const answer = await as("bob");
      expect(answer.status).toBe(200);
      return (
        servedBy(answer) === `session=${NAME}` && (await replicaId()) !== before
      );
    },
    60,
  );
  over = true;
  await others;
  expect(failed).toBe(0);
  expect(sent).toBeGreaterThan(50);
  const env = await stage.cli.ok("exec", `session/${NAME}`, "--", "env");
  expect(env).toContain("MADE=anew");
  expect((await sessionNow()).metadata).toEqual(metadata);
  expect(told(await as("bob"))).toBeTruthy();
  expect(await stage.cli.ok("apply", "-f", path)).toBe(
    `session/${NAME} unchanged`,
  );
});

test("a breakpoint by a file: created, changed under its name, deleted", async () => {
  const path = join(folder, "bp.yaml");
  const write = (more: string) =>
    writeFileSync(
      path,
      `apiVersion: sidestep.dev/v1\nkind: Breakpoint\nmetadata: {name: mine}\nspec: {session: ${NAME}, at: "app.py:2"${more}}\n`,
    );
  write("");
  expect(await stage.cli.ok("apply", "-f", path)).toBe(
    "breakpoint/mine created",
  );
  write(', log: "here"');
  expect(await stage.cli.ok("apply", "-f", path)).toBe(
    "breakpoint/mine configured",
  );
  const yaml = await stage.cli.ok("get", "bp", "mine", "-o", "yaml");
  expect(yaml).toContain("log: here");
  expect(await stage.cli.ok("delete", "-f", path)).toBe(
    'breakpoint "mine" deleted',
  );
});

test("what is wrong must be refused by the sidecar too, with the nearest field", async () => {
  const url = `${await stage.sidecar.url()}/v1/sessions/${NAME}`;
  const authorization = `Bearer ${await stage.sidecar.token()}`;
  const headers = { authorization, "content-type": "application/json" };
  const body = JSON.stringify({ spec: { target: app.name, matches: [] } });
  const answer = await get(url, headers, { method: "PUT", body });
  expect(answer.status).toBe(422);
  expect(answer.body).toContain('did you mean \\"spec.match\\"?');
});

test("delete -f must put everything back", async () => {
  await stage.cli.ok("delete", "-f", manifest("bob"));
  expect(servedBy(await as("bob"))).toBe("original");
  expect(await docker("ps", "-a", "--format", "{{.Names}}")).not.toContain(
    `${app.name}-sidestep`,
  );
});
