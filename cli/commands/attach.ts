import { Command } from "commander";
import { attachMain } from "../attach-main.js";
import { attachPause, describePause, nextPause } from "../attach-pause.js";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { interrupted, isNotFound, notFound, usage } from "../errors.js";
import { noSessions, severalSessions } from "../session-errors.js";
import {
  commandPath,
  detachKeysOption,
  readDetachKeys,
  withExamples,
} from "../flags.js";
import { howToMatch } from "../match.js";
import { followPauses } from "../follow-pauses.js";
import { connectWhenUp } from "../poll.js";
import { printable } from "../../sidecar/schema/printable.js";
import { noTty } from "../replica-errors.js";
import { parseTypedName } from "../resources.js";
import type { SignalName } from "../signals.js";

/** What is attached to: a pause, the next one of a session, or whichever there is. */
type Wanted =
  { pause: string } | { session: string } | { any: string } | undefined;

interface AttachOptions {
  wanted: Wanted;
  /** One pause, one after the other, or the replica's own terminal. */
  mode: "once" | "follow" | "main";
  /** A terminal is insisted on: said, where there is none to lend. */
  tty: boolean;
  detachKeys: Uint8Array;
}

interface AttachFlags {
  follow?: boolean;
  main?: boolean;
  tty?: boolean;
  detachKeys: string;
}

/** `sidestep attach`: a terminal to a paused thread. */
export function attachCommand(cli: Cli): Command {
  const command = new Command("attach")
    .description(
      "Get a terminal to a paused thread, waiting for the next one if none is",
    )
    .argument(
      "[pause/name]",
      "pause/NAME, or session/NAME for its oldest or next pause (default: of the only session)",
    )
    .option(
      "-f, --follow",
      "go from pause to pause: when one ends, wait for the session's next",
    )
    .option(
      "--main",
      "the replica's main terminal, where ipdb, pudb and others are (see PYTHONBREAKPOINT)",
    )
    .option("-i, --stdin", "pass the standard input on, as is done anyway")
    .option("-t, --tty", "the standard input is a terminal; said if it is not")
    .addOption(detachKeysOption())
    .action((word: string | undefined, flags: AttachFlags) =>
      run(cli, complete(commandPath(command), word, flags)),
    );
  return withExamples(command, [
    ["The next pause of the only session", "sidestep attach"],
    ["The next pause of a session", "sidestep attach session/shop-x7k2p"],
    ["One pause after the other", "sidestep attach --follow"],
    [
      "Where ipdb waits, after debug --env PYTHONBREAKPOINT=ipdb.set_trace",
      "sidestep attach session/shop-x7k2p --main",
    ],
    [
      "One pause, left with ctrl-] instead of ctrl-p ctrl-q",
      "sidestep attach pause/3f9c2a1b --detach-keys ctrl-]",
    ],
    ["Without a terminal: let the thread go on", "echo c | sidestep attach"],
  ]);
}

function complete(
  path: string,
  word: string | undefined,
  flags: AttachFlags,
): AttachOptions {
  const wanted = readWanted(path, word);
  if (flags.follow && flags.main) {
    throw usage(path, "--follow cannot be used with --main");
  }
  const mode = flags.follow ? "follow" : flags.main ? "main" : "once";
  if (mode !== "once" && wanted && "pause" in wanted) {
    throw usage(path, `--${mode} takes session/NAME, not ${word}`);
  }
  return {
    wanted,
    mode,
    tty: flags.tty ?? false,
    detachKeys: readDetachKeys(path, flags.detachKeys),
  };
}

function readWanted(path: string, word: string | undefined): Wanted {
  if (word === undefined) return undefined;
  if (!word.includes("/")) return { any: word };
  const { type, names } = parseTypedName(path, word);
  const name = names[0] ?? "";
  if (type === "pauses") return { pause: name };
  if (type === "sessions") return { session: name };
  throw usage(path, `${path} takes pause/NAME or session/NAME, not ${word}`);
}

async function run(cli: Cli, options: AttachOptions): Promise<void> {
  const { streams } = cli;
  // As kubectl: no error, it goes on without.
  if (options.tty && !streams.in.isTTY) streams.err.write(`${noTty(true)}\n`);
  const hold = cli.signals.hold();
  try {
    const { signal } = hold;
    const client = await connectWhenUp(cli, signal);
    await attach[options.mode](cli, client, { ...options, signal });
    signal.throwIfAborted();
  } catch (error) {
    throw hold.signal.aborted
      ? interrupted(hold.signal.reason as SignalName)
      : error;
  } finally {
    hold.release();
  }
}

type Attach = (
  cli: Cli,
  client: Client,
  options: AttachOptions & { signal: AbortSignal },
) => Promise<void>;

const attach: Record<AttachOptions["mode"], Attach> = {
  once: async (cli, client, options) => {
    const { wanted, signal } = options;
    const chosen = await choosePause(cli, client, wanted, signal);
    await attachPause(cli, chosen.client, chosen.name, options);
  },
  follow: async (cli, client, options) => {
    const { err } = cli.streams;
    const name = await chooseSession(client, options.wanted);
    const { spec } = await client.session(name);
    err.write(`${printable(howToMatch(spec.match))}\n`);
    const waiting = `waiting for a pause in session/${name}; Ctrl-C leaves`;
    try {
      await followPauses(cli, client, name, waiting, options);
    } finally {
      if (options.signal.aborted) {
        err.write(`session/${name} goes on: sidestep attach session/${name}\n`);
      }
    }
  },
  main: async (cli, client, options) => {
    const name = await chooseSession(client, options.wanted);
    await attachMain(cli, client, name, options);
  },
};

async function chooseSession(client: Client, wanted: Wanted): Promise<string> {
  if (wanted && "session" in wanted) return wanted.session;
  if (wanted && "any" in wanted) return wanted.any;
  return onlySession(client);
}

interface Chosen {
  name: string;
  /** Reaches the sidecar that has the pause. */
  client: Client;
}

async function choosePause(
  cli: Cli,
  client: Client,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Chosen> {
  if (wanted && "pause" in wanted) return { name: wanted.pause, client };
  if (wanted && "any" in wanted) {
    const pause = await ifThere(client.pause(wanted.any));
    if (pause) return { name: wanted.any, client };
    const session = await ifThere(client.session(wanted.any));
    if (!session) throw notFound("pauses", wanted.any);
    return pauseOf(cli, client, wanted.any, signal);
  }
  const session = wanted?.session ?? (await onlySession(client));
  return pauseOf(cli, client, session, signal);
}

async function ifThere<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function onlySession(client: Client): Promise<string> {
  const { items } = await client.sessions();
  const names = items.map(({ metadata }) => metadata.name);
  const [first, ...others] = names;
  if (first === undefined) throw noSessions();
  if (others.length > 0) throw severalSessions(names, "attach");
  return first;
}

async function pauseOf(
  cli: Cli,
  client: Client,
  name: string,
  signal: AbortSignal,
): Promise<Chosen> {
  const { err } = cli.streams;
  const { spec } = await client.session(name);
  const next = await nextPause(cli, client, name, signal, () =>
    err.write(
      `waiting for a pause in session/${name}; ${printable(howToMatch(spec.match))}\n`,
    ),
  );
  err.write(`${describePause(next.pause)}${alsoPaused(next.others)}\n`);
  return { name: next.pause.metadata.name, client: next.client };
}

function alsoPaused(others: number): string {
  if (others < 1) return "";
  return ` (the oldest; paused too: ${others} more, see sidestep get pauses)`;
}
