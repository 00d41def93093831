import type { Command, CommanderError } from "commander";
import type { UserError } from "./errors.js";
import { usage } from "./errors.js";
import { commandPath } from "./flags.js";

/** What commander found wrong with a command line, in kubectl's words. */
export function toUsageError(
  command: Command,
  error: CommanderError,
): UserError {
  const path = commandPath(command);
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption":
      return usage(path, unknownFlag(quoted) + suggestion(error.message));
    case "commander.optionMissingArgument":
      return usage(path, `flag needs an argument: ${longest(quoted)}`);
    case "commander.unknownCommand":
      return usage(
        path,
        `unknown command "${quoted}" for "${path}"${suggestion(error.message)}`,
      );
    case "commander.missingArgument":
      return usage(
        path,
        `required argument not specified: ${quoted.toUpperCase()}`,
      );
    case "commander.excessArguments":
      return usage(path, `unexpected arguments: ${excess(command)}`);
    default:
      return usage(path, error.message.replace(/^error: /, ""));
  }
}

function unknownFlag(flag: string): string {
  return flag.startsWith("--")
    ? `unknown flag: ${flag.replace(/=.*/s, "")}`
    : `unknown shorthand flag: '${flag[1] ?? ""}' in ${flag}`;
}

/** The long form of `-o, --output <format>`. */
function longest(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

function suggestion(message: string): string {
  const [, words] =
    /\(Did you mean (?:one of )?([^?]*)\?\)/.exec(message) ?? [];
  if (!words) return "";
  const lines = words.split(", ").map((word) => `\t${word}`);
  return `\n\nDid you mean this?\n${lines.join("\n")}\n`;
}

function excess(command: Command): string {
  return command.args.slice(command.registeredArguments.length).join(" ");
}
