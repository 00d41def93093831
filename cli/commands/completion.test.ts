import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SHELLS } from "../completion/scripts.js";
import { FakeServer } from "../testing/fake-server.js";
import { aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

const MAIN = fileURLToPath(
  new URL("../testing/pinned-main.ts", import.meta.url),
);

let server: FakeServer;
beforeAll(async () => {
  server = new FakeServer();
  await server.start();
  server.sidecar.sessionList = [aSession("shop-a"), aSession("blue")];
});
afterAll(() => server.stop());

test("a script for each shell", async () => {
  for (const shell of SHELLS) {
    const { out, code } = await new TestCli().run(`completion ${shell}`);
    expect(out).toContain("sidestep __complete".split(" ")[1]);
    expect(code).toBe(0);
  }
});

test.each([
  ["completion", "error: shell not specified: bash, zsh, fish\n"],
  ["completion csh", 'error: unsupported shell type "csh"\n'],
])("%s is refused", async (line, message) => {
  const { err, code } = await new TestCli().run(line);
  expect(err).toContain(message);
  expect(code).toBe(1);
});

/** What a real bash would put in place of the last word of each line. */
async function completedByBash(lines: string[]): Promise<string[][]> {
  const script = `
    sidestep() { "$NODE" --import tsx "$MAIN" "$@"; }
    source <(sidestep completion bash)
    complete -p sidestep >&2
    for COMP_LINE in "$@"; do
      COMP_POINT=\${#COMP_LINE}
      _sidestep
      echo "\${COMPREPLY[*]}"
    done`;
  const child = spawn("bash", ["--norc", "-c", script, "bash", ...lines], {
    env: {
      ...process.env,
      NODE: process.execPath,
      MAIN,
      TEST_SIDECAR_URL: server.url,
      TEST_SIDECAR_TOKEN: server.token,
    },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes) => (out += String(bytes)));
  child.stderr.on("data", (bytes) => (err += String(bytes)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, err }).toEqual({
    code: 0,
    err: "complete -F _sidestep sidestep\n",
  });
  return out
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "));
}

test("a real bash completes commands, live names, and what is behind = and :", async () => {
  expect(
    await completedByBash([
      "sidestep de",
      "sidestep get session/",
      "sidestep get sessions --output=y",
      "sidestep debug shop --match he",
      "sidestep logs session/b",
    ]),
  ).toEqual([
    ["debug", "describe", "delete"],
    ["session/shop-a", "session/blue"],
    ["yaml"],
    ["header:"],
    ["session/blue"],
  ]);
}, 60_000);
