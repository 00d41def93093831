import { Command } from "commander";
import type { Cli } from "../cli.js";
import { interrupted, usage } from "../errors.js";
import {
  commandPath,
  detachKeysOption,
  readDetachKeys,
  splitAtDashes,
  withExamples,
} from "../flags.js";
import { onlySession } from "../only-session.js";
import { commandFailed, noTty } from "../replica-errors.js";
import { parseNamesOf } from "../resources.js";
import { runInReplica } from "../run-in-replica.js";
import type { SignalName } from "../signals.js";

interface ExecOptions {
  /** Undefined: the only one. */
  session: string | undefined;
  command: string[];
  stdin: boolean;
  tty: boolean;
  detachKeys: Uint8Array;
}

interface ExecFlags {
  stdin?: boolean;
  tty?: boolean;
  detachKeys: string;
}

/** `sidestep exec`: runs a command in a session's replica. */
export function execCommand(cli: Cli): Command {
  const command = new Command("exec")
    .description(
      "Run a command in a session's replica; its exit code is passed on",
    )
    .argument("[session/name]", "session/NAME (default: the only session)")
    .argument("[command...]", "after --: the command")
    .option("-i, --stdin", "pass the standard input on")
    .option("-t, --tty", "the standard input is a terminal")
    .addOption(detachKeysOption("keys that leave; the command ends then"))
    .action((_name: string, _words: string[], flags: ExecFlags) =>
      run(cli, complete(command, flags)),
    );
  return withExamples(command, [
    ["A shell in the only session's replica", "sidestep exec -it -- sh"],
    [
      "What one of several has in its environment",
      "sidestep exec session/shop-x7k2p -- env",
    ],
    [
      "With input from here",
      "echo 'print(1)' | sidestep exec -i session/shop-x7k2p -- python3 -",
    ],
  ]);
}

function complete(command: Command, flags: ExecFlags): ExecOptions {
  const path = commandPath(command);
  const { before, after } = splitAtDashes(command, command.args);
  if (before.length > 1) {
    throw usage(
      path,
      `exec [SESSION] [COMMAND] is not supported. Use exec [SESSION] -- [COMMAND] instead`,
    );
  }
  if (!after || after.length === 0) {
    throw usage(path, "you must specify at least one command for the replica");
  }
  return {
    session: parseNamesOf(path, "sessions", before)[0],
    command: after,
    stdin: flags.stdin ?? false,
    tty: flags.tty ?? false,
    detachKeys: readDetachKeys(path, flags.detachKeys),
  };
}

async function run(cli: Cli, options: ExecOptions): Promise<void> {
  const { streams } = cli;
  // As kubectl: without a terminal there is none to lend, and that is no error.
  const tty = options.tty && options.stdin && streams.in.isTTY === true;
  if (options.tty && !tty) streams.err.write(`${noTty(options.stdin)}\n`);
  const hold = cli.signals.hold();
  try {
    const client = await cli.connect();
    const session = options.session ?? (await onlySession(client, "exec"));
    const { signal } = hold;
    const end = await runInReplica(cli, client, session, {
      ...options,
      tty,
      signal,
    });
    if (end !== undefined && end !== 0) throw commandFailed(end);
    signal.throwIfAborted();
  } catch (error) {
    throw hold.signal.aborted
      ? interrupted(hold.signal.reason as SignalName)
      : error;
  } finally {
    hold.release();
  }
}
