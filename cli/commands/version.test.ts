import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { noSidecar } from "../reach-errors.js";
import { TestCli } from "../testing/run-cli.js";

test("of the client, the sidecar and the Engine", async () => {
  expect((await new TestCli().run("version")).out).toBe(
    "Client Version: v0.1.0\nServer Version: v0.1.0\nEngine Version: 26.1.5 (API 1.45)\n",
  );
});

test("as data", async () => {
  const { out } = await new TestCli().run("version -o yaml");
  expect(parse(out)).toMatchObject({
    clientVersion: { version: "0.1.0" },
    serverVersion: { engine: { version: "26.1.5" } },
  });
});

test("--client asks nobody", async () => {
  const cli = new TestCli();
  const { out } = await cli.run("version --client");
  expect(out).toBe("Client Version: v0.1.0\n");
  expect(cli.connected).toEqual([]);
});

test("without a sidecar the client's is still told", async () => {
  const cli = new TestCli();
  cli.notFound = noSidecar();
  const { out, err, code } = await cli.run("version");
  expect(out).toBe("Client Version: v0.1.0\n");
  expect(err).toContain("error: no sidecar is running here\n");
  expect(err).toContain("docker compose --profile debug up -d");
  expect(code).toBe(1);
});

test("--client loads none of the slow libraries", () => {
  const script = fileURLToPath(
    new URL("../testing/pinned-main.ts", import.meta.url),
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", script, "version", "--client"],
    {
      env: { ...process.env, NODE_DEBUG: "esm" },
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    },
  );
  expect(stdout).toMatch(/^Client Version: v\d/);
  const loaded = new Set(
    [...stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].map(
      ([, name]) => name,
    ),
  );
  expect(loaded).toContain("commander");
  for (const slow of ["ws", "yaml", "zod", "dockerode"]) {
    expect(loaded).not.toContain(slow);
  }
});
