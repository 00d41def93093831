import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { docker, run, tryRun } from "./support/run.js";
import { openStage, type App, type Stage } from "./support/stage.js";

let stage: Stage;
let app: App;
let session: string;
let replica: string;
let folder: string;
let volume: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidestep-cp-"));
  stage = await openStage();
  volume = `t-small-${process.pid}`;
  const small = [
    "--opt",
    "type=tmpfs",
    "--opt",
    "device=tmpfs",
    "--opt",
    "o=size=1m",
  ];
  await docker("volume", "create", ...small, volume);
  app = await stage.web(["-v", `${volume}:/small`]);
  session = await stage.debug(app.name, "--match", "header:x-debug=me");
  replica = `${app.name}-sidestep-${session}`;
});
afterAll(async () => {
  await stage?.delete(session, app.name);
  await stage?.end();
  await tryRun("docker", ["volume", "rm", "-f", volume]);
  await tryRun("umount", [join(folder, "full")]);
  rmSync(folder, { recursive: true, force: true });
});

const remote = (path: string) => `session/${session}:${path}`;

test("a folder must come back as it went: content, permissions, links", async () => {
  const there = join(folder, "there");
  mkdirSync(join(there, "sub"), { recursive: true });
  const bytes = Buffer.from(
    Array.from({ length: 3_000_000 }, (_, i) => i % 251),
  );
  writeFileSync(join(there, "sub/data.bin"), bytes);
  writeFileSync(join(there, "run.sh"), "#!/bin/sh\necho ran\n", {
    mode: 0o750,
  });
  symlinkSync("run.sh", join(there, "link"));
  await stage.cli.ok("cp", there, remote("/tmp"));
  expect(await docker("exec", replica, "/tmp/there/link")).toBe("ran");
  await stage.cli.ok("cp", remote("/tmp/there"), join(folder, "back"));
  expect(await run("diff", ["-r", there, join(folder, "back")])).toBe("");
  expect(statSync(join(folder, "back/run.sh")).mode & 0o777).toBe(0o750);
});

test("a file must go under another name, and as a tar", async () => {
  writeFileSync(join(folder, "a.txt"), "a");
  await stage.cli.ok("cp", join(folder, "a.txt"), remote("/tmp/b.txt"));
  await stage.cli.ok("cp", remote("/tmp/b.txt"), folder);
  expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("a");
  const listed = await run("sh", [
    "-c",
    `SIDESTEP_SIDECAR=${stage.sidecar.name} node bin/sidestep.js cp ${remote("/tmp/b.txt")} - | tar -t`,
  ]);
  expect(listed).toBe("b.txt");
});

test("a full disk here must leave no half file", async () => {
  const full = join(folder, "full");
  mkdirSync(full);
  await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", full]);
  await docker(
    "exec",
    replica,
    "sh",
    "-c",
    "head -c 3000000 /dev/zero > /tmp/big",
  );
  const { code, stderr } = await stage.cli.any([
    "cp",
    remote("/tmp/big"),
    full,
  ]);
  expect(stderr).toContain(`error: cannot copy /tmp/big to ${full}`);
  expect(stderr).toContain("no space left on device");
  expect(code).toBe(1);
  expect(readdirSync(full)).toEqual([]);
});

test("a full disk in the replica must be said", async () => {
  writeFileSync(join(folder, "big"), Buffer.alloc(3_000_000));
  const { code, stderr } = await stage.cli.any([
    "cp",
    join(folder, "big"),
    remote("/small/big"),
  ]);
  expect(stderr).toContain("no space left on the device of");
  expect(code).toBe(1);
});

test("what is not there must be said", async () => {
  const { code, stderr } = await stage.cli.any(["cp", remote("/gone"), folder]);
  expect(stderr).toBe(
    `Error from server (NotFound): there is no "/gone" in the replica of session "${session}"\n`,
  );
  expect(code).toBe(1);
});
