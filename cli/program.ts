import { Command, CommanderError } from "commander";
import type { Cli } from "./cli.js";
import { COMMANDS, HIDDEN, isCommand, type CommandName } from "./commands.js";
import { isFlag, normaliseBooleans } from "./flags.js";
import { toUsageError } from "./usage-error.js";
import type { Where } from "./where.js";

/** Runs a command line (without node and the script); throws what is to be reported. */
export async function runProgram(cli: Cli, argv: string[]): Promise<void> {
  const words = argv.length > 0 ? argv : ["--help"];
  const named = namedCommand(words);
  const program = await createProgram(cli, named && [named]);
  try {
    await program.parseAsync(normaliseBooleans(program, words), {
      from: "user",
    });
  } catch (error) {
    // What is left of commander's errors is help that was asked for.
    if (!(error instanceof CommanderError)) throw error;
  }
}

/** Flags of every command. */
interface GlobalFlags extends Where {
  sidecar?: string;
}

/**
 * The program.
 * @param names the commands it shall have; all, in the order of the help, if it is not known which is meant
 */
export async function createProgram(
  cli: Cli,
  names = Object.keys(COMMANDS) as CommandName[],
): Promise<Command> {
  const program = root();
  const flags = () => program.opts<GlobalFlags>();
  const bound: Cli = {
    ...cli,
    connect: (sidecar, more) => {
      const { sidecar: flag, ...where } = flags();
      return cli.connect(sidecar ?? flag, { ...where, ...more });
    },
    wanted: () => flags().sidecar ?? cli.wanted(),
    engine: () => cli.engine(flags()),
  };
  for (const name of names) {
    const command = (await COMMANDS[name]())(bound);
    program.addCommand(command, { hidden: HIDDEN.includes(name) });
  }
  configure(program, cli);
  return program;
}

/** What comes before any command. */
function root(): Command {
  return new Command("sidestep")
    .description(
      "Debug a web application where it runs: requests you choose go to a debug replica\nof its container, and you get a terminal to what pauses there.",
    )
    .option(
      "--sidecar <name>",
      "which sidecar, where several run (default: $SIDESTEP_SIDECAR)",
    )
    .option(
      "--context <name>",
      "which of docker's contexts (default: as docker, or what `config use-context` chose)",
    )
    .option(
      "--transport <way>",
      "how the sidecar is reached: auto, direct or exec (default: $SIDESTEP_TRANSPORT, or auto)",
    )
    .option("-v, --verbose", "tell on stderr what is reached, how, and when");
}

/** The command that a command line is for, if it is one that there is: only that one is loaded. */
function namedCommand(argv: string[]): CommandName | undefined {
  const flags = root().options;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (!word.startsWith("-")) return isCommand(word) ? word : undefined;
    if (flags.some((flag) => flag.required && isFlag(flag, word))) at += 1;
  }
  return undefined;
}

/** Errors in kubectl's words, help to the command's own streams; of all commands below, too. */
function configure(command: Command, cli: Cli): void {
  const { out } = cli.streams;
  command
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : toUsageError(command, error);
    })
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: () => {}, // said once, by whoever catches it
      getOutHelpWidth: () => (out.isTTY && out.columns) || 80,
      getOutHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 25 });
  for (const each of command.commands) configure(each, cli);
}
