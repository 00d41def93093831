import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rendered } from "../support/rendered.js";
import { until } from "./support/poll.js";
import { Console } from "./support/pty.js";
import { openStage, type Stage } from "./support/stage.js";

// What Tab does in the shells themselves, with the names that there are now.
const SIZE = { cols: 120, rows: 30 };
const folder = mkdtempSync(join(tmpdir(), "sidestep-completion-"));

let stage: Stage;
beforeAll(async () => {
  const program = join(folder, "sidestep");
  const main = resolve("bin/sidestep.js");
  writeFileSync(program, `#!/bin/sh\nexec node '${main}' "$@"\n`);
  chmodSync(program, 0o755);
  stage = await openStage();
  const app = await stage.web();
  const flags = ["--match", "header:x-debug=alice", "--labels", "team=red"];
  await stage.debug(app.name, "--name", "completed-by-tab", ...flags);
});
afterAll(async () => {
  try {
    await stage?.end();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ["bash", ["--norc", "--noprofile"], "source <(sidestep completion bash)"],
  [
    "zsh",
    ["-f"],
    "autoload -U compinit; compinit -u; source <(sidestep completion zsh)",
  ],
  ["fish", ["--no-config"], "sidestep completion fish | source"],
])(
  "%s must complete verbs, types, names and flags",
  async (shell, flags, teach) => {
    const terminal = new Console(
      shell,
      [...flags, "-i"],
      {
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        HOME: folder,
        ZDOTDIR: folder,
        XDG_CONFIG_HOME: folder,
        XDG_DATA_HOME: folder,
        SIDESTEP_SIDECAR: stage.sidecar.name,
      },
      SIZE,
    );
    const shows = (text: string, seconds = 10) =>
      until(
        `${shell} shows ${text}`,
        async () => {
          const screen = await rendered(terminal.output, SIZE);
          // Blanks at the end of a line are not to be seen.
          if (screen.includes(text.trimEnd())) return true;
          throw new Error(screen);
        },
        seconds,
      );
    /** Presses Tab; again after a while, since names that do not come at once are left out. */
    const tab = (text: string) =>
      until(
        `Tab in ${shell} gives ${text}`,
        async () => {
          terminal.type("\t");
          await shows(text, 10);
          return true;
        },
        30,
      );
    terminal.enter(`${teach}; echo taught`.replace("echo t", "echo 't'"));
    await shows("\ntaught");
    terminal.type("sidestep ge");
    await tab("sidestep get ");
    terminal.type("sess");
    await tab("sidestep get sessions ");
    terminal.type("complet");
    await tab("sidestep get sessions completed-by-tab ");
    terminal.type("--show-l");
    await tab("sidestep get sessions completed-by-tab --show-labels ");
    terminal.enter("");
    await shows("team=red");
    // A type that a name is to follow is not ended by a blank.
    terminal.type("sidestep attach sess");
    await tab("sidestep attach session/");
    terminal.type("comp");
    await tab("sidestep attach session/completed-by-tab");
    // ^U: at ^C a shell may throw away what is typed next.
    terminal.type("\x15");
    terminal.enter("exit");
    expect(await terminal.ends()).toBeLessThan(131);
  },
);
