import { Command, CommanderError } from "commander";
import type { Cli } from "./cli.js";
import { attachCommand } from "./commands/attach.js";
import { continueCommand } from "./commands/continue.js";
import { createCommand } from "./commands/create.js";
import { debugCommand } from "./commands/debug.js";
import { deleteCommand } from "./commands/delete.js";
import { describeCommand } from "./commands/describe.js";
import { getCommand } from "./commands/get.js";
import { logsCommand } from "./commands/logs.js";
import { stacksCommand } from "./commands/stacks.js";
import { versionCommand } from "./commands/version.js";
import { waitCommand } from "./commands/wait.js";
import { normaliseBooleans } from "./flags.js";
import { toUsageError } from "./usage-error.js";

/** Runs a command line (without node and the script); throws what is to be reported. */
export async function runProgram(cli: Cli, argv: string[]): Promise<void> {
  const program = createProgram(cli);
  try {
    const words = argv.length > 0 ? argv : ["--help"];
    await program.parseAsync(normaliseBooleans(program, words), {
      from: "user",
    });
  } catch (error) {
    // What is left of commander's errors is help that was asked for.
    if (!(error instanceof CommanderError)) throw error;
  }
}

/** The commands, in the order of the help. */
export function createProgram(cli: Cli): Command {
  const program = new Command("sidestep")
    .description(
      "Debug a web application where it runs: requests you choose go to a debug replica\nof its container, and you get a terminal to what pauses there.",
    )
    .option(
      "--sidecar <name>",
      "which sidecar, where several run (default: $SIDESTEP_SIDECAR)",
    );
  const bound: Cli = {
    ...cli,
    connect: () => cli.connect(program.opts<{ sidecar?: string }>().sidecar),
  };
  const commands = [
    debugCommand,
    createCommand,
    attachCommand,
    continueCommand,
    getCommand,
    describeCommand,
    logsCommand,
    stacksCommand,
    waitCommand,
    deleteCommand,
    versionCommand,
  ];
  for (const command of commands) program.addCommand(command(bound));
  for (const command of [program, ...program.commands]) configure(command, cli);
  return program;
}

/** Errors in kubectl's words, help to the command's own streams. */
function configure(command: Command, { streams }: Cli): void {
  command
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : toUsageError(command, error);
    })
    .configureOutput({
      writeOut: (text) => streams.out.write(text),
      writeErr: () => {}, // said once, by whoever catches it
    })
    .configureHelp({ showGlobalOptions: true });
}
