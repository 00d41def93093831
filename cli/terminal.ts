import type { Cli } from "./cli.js";
import { detachWatcher } from "./detach-keys.js";
import { isNotFound } from "./errors.js";
import { terminalLost } from "./server-errors.js";
import type { Link, OnOutput, Size } from "./link.js";
import { takeTty, type LocalTty } from "./local-tty.js";

/** How being attached ended. */
export type TerminalEnd =
  | { kind: "ended"; message: string }
  | { kind: "detached" }
  | { kind: "stopped" };

/** How long a lost terminal is dialled again, and how often. */
const RECONNECT_SECONDS = 30;
const RECONNECT_EVERY_MS = 500;

/**
 * How long a sidecar that was away may not know the terminal: it was started
 * again, and what is paused has yet to find it.
 */
const FOUND_AGAIN_MS = 5_000;

const CTRL_C = 0x03;

/** What attaching needs to know of the terminal. */
export interface TerminalOptions {
  /** Opens the connection: at first, and again after it was lost. */
  open: (size: Size, onOutput: OnOutput) => Promise<Link>;
  detachKeys: Uint8Array;
  /** Aborted: leave. */
  signal: AbortSignal;
  /** What it means that the terminal is no longer there after a loss. */
  gone: string;
}

/**
 * Lends the user's terminal to one of the sidecar until that ends, the user
 * detaches or is asked to stop. The user's terminal is always restored, and a
 * connection that breaks is made again, with the screen as it stands.
 * Throws when the terminal cannot be opened, or not again.
 */
export async function attachTerminal(
  cli: Cli,
  options: TerminalOptions,
): Promise<TerminalEnd> {
  const { in: input, err } = cli.streams;
  const tty = takeTty(cli.streams, cli.atExit);
  const keyboard = createKeyboard(options.detachKeys);
  const screen = createScreen(tty, input.isTTY ? err : undefined);
  const left = leaving(options.signal, keyboard.detached);
  const typed = (bytes: Buffer) => keyboard.typed(bytes);
  try {
    const open = () => options.open(tty.size(), screen.output);
    keyboard.link = await open();
    tty.onResize(() => keyboard.link?.resize(tty.size()));
    input.on("data", typed);
    input.resume();
    for (;;) {
      const end = await Promise.race([keyboard.link.ended, left.promise]);
      if (end.kind === "exit") return { kind: "ended", message: end.message };
      if (end.kind !== "lost") return end;
      keyboard.link = undefined;
      const { gone } = options;
      const again = await reconnect(cli, { tty, screen, open, left, gone });
      if ("kind" in again) return again;
      keyboard.link = again;
    }
  } finally {
    left.release();
    input.off("data", typed);
    input.pause();
    keyboard.link?.close();
    tty.restore();
    if (!tty.atLineStart()) err.write("\n");
  }
}

interface Keyboard {
  /** Where what is typed goes; undefined while there is no connection. */
  link: Link | undefined;
  typed(bytes: Uint8Array): void;
  detached: Promise<void>;
}

function createKeyboard(detachKeys: Uint8Array): Keyboard {
  const watch = detachWatcher(detachKeys);
  let detach = () => {};
  const detached = new Promise<void>((resolve) => (detach = resolve));
  const keyboard: Keyboard = {
    link: undefined,
    detached,
    typed(bytes) {
      const { pass, detach: asked } = watch(bytes);
      if (pass.length > 0) keyboard.link?.send(pass);
      // With nobody to interrupt at the other end, ^C is meant for us.
      if (asked || (!keyboard.link && pass.includes(CTRL_C))) detach();
    },
  };
  return keyboard;
}

interface Screen {
  output: OnOutput;
  /** The next bytes are the whole screen again. */
  expectAgain(): void;
}

/** @param hints where to say that a silent terminal is not a dead one */
function createScreen(
  tty: LocalTty,
  hints: Cli["streams"]["err"] | undefined,
): Screen {
  let first: "hint" | "clear" | undefined = "hint";
  return {
    expectAgain: () => (first = "clear"),
    output(bytes) {
      if (first === "clear") tty.clear();
      if (first === "hint" && isBlank(bytes)) {
        hints?.write(
          "If you don't see a command prompt, try pressing enter.\r\n",
        );
      }
      first = undefined;
      return tty.write(bytes);
    },
  };
}

/** Whether a screen shows nothing: only blanks and control sequences. */
function isBlank(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString("latin1");

  const visible = text.replaceAll(/\x1b(\[[\d;?]*[ -/]*[@-~]|[ -~])/g, "");

  return /^[\s\x00-\x1f]*$/.test(visible);
}

type Left = { kind: "detached" } | { kind: "stopped" };

interface Leaving {
  promise: Promise<Left>;
  /** Aborted as soon as the user leaves. */
  signal: AbortSignal;
  release(): void;
}

/** Settles when the user detaches or is asked to stop. */
function leaving(stop: AbortSignal, detached: Promise<void>): Leaving {
  const gone = new AbortController();
  let onStop = () => {};
  const promise = new Promise<Left>((resolve) => {
    onStop = () => resolve({ kind: "stopped" });
    if (stop.aborted) onStop();
    else stop.addEventListener("abort", onStop);
    void detached.then(() => resolve({ kind: "detached" }));
  });
  void promise.then(() => gone.abort());
  return {
    promise,
    signal: gone.signal,
    release: () => stop.removeEventListener("abort", onStop),
  };
}

interface Reconnecting {
  tty: LocalTty;
  screen: Screen;
  open: () => Promise<Link>;
  left: Leaving;
  gone: string;
}

/** Dials until the terminal answers, is gone, or the time is up. */
async function reconnect(
  cli: Cli,
  { tty, screen, open, left, gone }: Reconnecting,
): Promise<Link | TerminalEnd> {
  const since = cli.now();
  const progress = progressLine(cli.streams.err, tty);
  let cause: unknown;
  let unknownSince: number | undefined;
  while (!left.signal.aborted) {
    const seconds = Math.floor((cli.now() - since) / 1000);
    if (seconds >= RECONNECT_SECONDS) throw terminalLost(seconds, cause);
    progress(seconds);
    screen.expectAgain();
    const opening = open();
    try {
      const first = await Promise.race([opening, left.promise]);
      if ("kind" in first) opening.then((link) => link.close()).catch(() => {});
      return first;
    } catch (error) {
      if (isNotFound(error)) {
        unknownSince ??= cli.now();
        const away = cause !== undefined;
        if (!away || cli.now() - unknownSince >= FOUND_AGAIN_MS) {
          return { kind: "ended", message: gone };
        }
      } else cause = error;
    }
    await cli.sleep(RECONNECT_EVERY_MS, left.signal).catch(() => {});
  }
  return left.promise;
}

/** Says that it is being tried again: one line that counts on a terminal, else said once. */
function progressLine(
  err: Cli["streams"]["err"],
  tty: LocalTty,
): (seconds: number) => void {
  let said = -1;
  return (seconds) => {
    if (seconds === said || (said >= 0 && !err.isTTY)) return;
    const start = said >= 0 ? "\r" : tty.atLineStart() ? "" : "\r\n";
    said = seconds;
    const text = `connection lost, reconnecting… (for ${RECONNECT_SECONDS}s)`;
    err.write(err.isTTY ? `${start}${text} ${seconds}s` : `${start}${text}\n`);
  };
}
