import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import { openStage, type Stage } from "./support/stage.js";

const ALICE = { "x-debug": "alice" };
const ONLY_ALICE = ["--match", "header:x-debug=alice"];
const network = `t-${randomBytes(3).toString("hex")}`;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await docker("network", "create", network);
});
afterAll(async () => {
  try {
    await stage?.end();
  } finally {
    await tryRun("docker", ["network", "rm", network]);
  }
});

const proof = async (session: string) => {
  const { status } = await stage.session(session);
  const { conditions } = status;
  return conditions.find(({ type }) => type === "RouteProven");
};

/** Runs nft in the network namespace of a container, as another program there would. */
const nft = (container: string, command: string) =>
  docker(
    ...["run", "--rm", "--network", `container:${container}`],
    ...["--cap-add", "NET_ADMIN", "sidestep-sidecar", "nft", command],
  );

test("a session must be Ready only when a canary came to the interceptor, which the app never sees", async () => {
  const app = await stage.web();
  const session = await stage.debug(app.name, ...ONLY_ALICE);
  expect(await proof(session)).toMatchObject({
    status: "True",
    reason: "CanarySeen",
    message: expect.stringMatching(
      /^a canary request from \d+\.\d+\.\d+\.\d+ came to the interceptor$/,
    ) as string,
  });
  const logs = await docker("logs", app.name);
  expect(logs).not.toContain("OPTIONS");
  expect(await stage.cli.ok("logs", `session/${session}`)).not.toContain(
    "OPTIONS",
  );
  await stage.delete(session, app.name);
});

test("an app that shares no network with the sidecar must be proven too, from the replica's place", async () => {
  const app = await stage.web(["--network", network]);
  const session = await stage.debug(app.name, ...ONLY_ALICE);
  expect(await proof(session)).toMatchObject({ reason: "CanarySeen" });
  expect(servedBy(await get(app.url, ALICE))).toBe(`session=${session}`);
  const left = await docker(
    "ps",
    "-a",
    "-q",
    "-f",
    "label=sidestep.role=canary",
  );
  expect(left).toBe("");
  await stage.delete(session, app.name);
});

test("a takeover that another program's rules go past must not be called Ready, and say why, until these are gone", async () => {
  const app = await stage.web([], ["-b", "0.0.0.0:8000", "-b", "0.0.0.0:8001"]);
  // As a service mesh does: what comes for the app's port goes to another one.
  await nft(
    app.name,
    "table ip mesh { chain in { type nat hook prerouting priority -100; tcp dport 8000 redirect to :8001; }; }",
  );
  const args = ["debug", app.name, "--name", "mesh", "--port", "8000"];
  const result = stage.cli.any([...args, ...ONLY_ALICE]);
  const missed = await until(
    "the canary is missed",
    async () => {
      const found = await proof("mesh").catch(() => undefined);
      return found?.status === "False" ? found : undefined;
    },
    60,
  );
  expect(missed).toMatchObject({
    reason: "CanaryNotSeen",
    message: expect.stringMatching(
      /^a canary request to port 8000 of \S+ was answered \(HTTP\/1\.1 \d+ .*\), but not by the interceptor: .* nft list ruleset/,
    ) as string,
  });
  const { status } = await stage.session("mesh");
  expect(status.phase).toBe("Starting");
  await nft(app.name, "delete table ip mesh");
  const { code, stderr } = await result;
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining("waiting: a canary request to port 8000"),
  ]);
  expect(await proof("mesh")).toMatchObject({ reason: "CanarySeen" });
  expect(servedBy(await get(app.url, ALICE))).toBe("session=mesh");
  await stage.delete("mesh", app.name);
});
