import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spawn, type IPty } from "node-pty";
import { waitFor } from "../../cli/testing/wait-for.js";
import type { FakeServer } from "../../cli/testing/fake-server.js";
import { shellQuote } from "../../cli/shell-quote.js";

const SCRIPT = fileURLToPath(
  new URL("../../cli/testing/pinned-main.ts", import.meta.url),
);

/** A command line in a shell in a real PTY, which shows the tty before and after it. */
export class PtyCli {
  screen = "";
  exited = false;
  readonly pty: IPty;

  /** @param before shell text in front of the command, such as `echo c |` */
  constructor(server: FakeServer, line: string, before = "") {
    const node = shellQuote(process.execPath);
    const command = `${before} ${node} --import tsx ${shellQuote(SCRIPT)} ${line}`;
    // The shell ends when its last words are here: node-pty drops what a busy
    // process has not read 200 ms after the exit.
    const script = `echo "before=$(stty -g)"; ${command}; echo "code=$?"; echo "after=$(stty -g)"; read -rsn1`;
    this.pty = spawn("bash", ["-c", script], {
      cols: 100,
      rows: 30,
      env: {
        ...process.env,
        TEST_SIDECAR_URL: server.url,
        TEST_SIDECAR_TOKEN: server.token,
      },
    });
    this.pty.onData((text) => (this.screen += text));
    this.pty.onExit(() => (this.exited = true));
  }

  /** Waits until the screen shows the text. */
  async shows(text: string): Promise<void> {
    await waitFor(
      () => this.screen.includes(text),
      () => `no ${JSON.stringify(text)} on ${JSON.stringify(this.screen)}`,
    );
  }

  /** The process of the command itself, a child of the shell. */
  async pid(): Promise<number> {
    const path = `/proc/${this.pty.pid}/task/${this.pty.pid}/children`;
    let pid = 0;
    await waitFor(
      () => (pid = Number(readFileSync(path, "utf8").trim().split(" ")[0])) > 0,
      () => "the command has not started",
    );
    return pid;
  }

  /** Waits until the shell ended; the command's exit code and whether the tty is as it was. */
  async ended(): Promise<{ code: number; restored: boolean }> {
    await waitFor(
      () => /after=\S+\r/.test(this.screen),
      () => `not ended: ${JSON.stringify(this.screen)}`,
    );
    this.pty.write("\n");
    await waitFor(
      () => this.exited,
      () => "the shell goes on",
    );
    const [, before] = /before=(\S+)\r/.exec(this.screen) ?? [];
    const [, after] = /after=(\S+)\r/.exec(this.screen) ?? [];
    const [, code] = /code=(\d+)\r/.exec(this.screen) ?? [];
    return { code: Number(code), restored: before === after };
  }
}

/** Waits until a process is gone. */
export async function processGone(pid: number): Promise<void> {
  await waitFor(
    () => !isRunning(pid),
    () => `process ${pid} goes on`,
  );
}

/** Whether it runs; one that ended but was not fetched yet by its parent does not. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
