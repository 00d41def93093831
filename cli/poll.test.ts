import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { noSidecar } from "./reach-errors.js";
import { serverRefused } from "./server-errors.js";
import { aSession } from "./testing/objects.js";
import { TestCli } from "./testing/run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "poll-"));
afterAll(() => rmSync(folder, { recursive: true }));
const manifest = join(folder, "session.yaml");
writeFileSync(
  manifest,
  `{"apiVersion": "sidestep.dev/v1", "kind": "Session", "metadata": {"name": "blog"},
    "spec": {"target": "blog", "match": [{"path": "/"}]}}`,
);

// What a script says first after `docker compose --profile debug up -d`.
test.each([
  "debug blog --match path=/",
  "wait session/shop --for=create",
  `apply -f ${manifest}`,
  `create -f ${manifest}`,
])(
  "%s: a sidecar that was started just now is waited for, one that is not there is not",
  async (command) => {
    const cli = new TestCli();
    cli.sidecar.sessionList = [aSession()];
    cli.notFound = serverRefused("127.0.0.1:7007", undefined);
    cli.steps = [() => {}, () => (cli.notFound = undefined)];
    expect(await cli.run(command)).toMatchObject({ code: 0 });

    cli.notFound = serverRefused("127.0.0.1:7007", undefined);
    const refused = await cli.run(command);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("waiting for it, for 10s at most");
    expect(refused.err).toContain("127.0.0.1:7007 was refused");

    cli.notFound = noSidecar();
    const none = await cli.run(command);
    expect(none.code).toBe(1);
    expect(none.err).not.toContain("waiting");
  },
);
