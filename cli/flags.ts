import type { Command } from "commander";
import { Option } from "commander";
import {
  DEFAULT_DETACH_KEYS,
  DETACH_KEYS_ACCEPTED,
  parseDetachKeys,
} from "./detach-keys.js";
import { DURATION_ACCEPTED, parseDuration } from "./duration.js";
import { badFlag } from "./errors.js";

/** The full name of a command, as in `sidestep get`. */
export function commandPath(command: Command): string {
  const parent = command.parent ? `${commandPath(command.parent)} ` : "";
  return parent + command.name();
}

/** Whether the word is that flag, in its long or short form. */
export function isFlag(option: Option, word: string): boolean {
  return option.long === word || option.short === word;
}

/** Adds examples to a command's help; they are tested to be accepted. */
export function withExamples(command: Command, examples: string[][]): Command {
  const text = examples
    .map(([comment, line]) => `  # ${comment}\n  ${line}`)
    .join("\n\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

/** Collects a flag that may be given several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** A flag that is on unless `--NAME=false`. */
export function onByDefault(
  command: Command,
  name: string,
  text: string,
): Command {
  return command
    .option(`--${name}`, `${text}; --${name}=false: do not`, true)
    .addOption(new Option(`--no-${name}`).hideHelp());
}

/** The flag `--detach-keys`. */
export function detachKeysOption(
  text = "keys that leave the terminal, the thread staying paused",
): Option {
  return new Option("--detach-keys <keys>", text).default(DEFAULT_DETACH_KEYS);
}

/** Reads the flag `--detach-keys`. */
export function readDetachKeys(path: string, value: string): Uint8Array {
  const keys = parseDetachKeys(value);
  if (!keys) throw badFlag(path, "--detach-keys", value, DETACH_KEYS_ACCEPTED);
  return keys;
}

/** Reads a flag that is a length of time; in milliseconds. */
export function readDuration(
  path: string,
  flag: string,
  value: string,
): number {
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined) {
    throw badFlag(path, flag, value, DURATION_ACCEPTED);
  }
  return milliseconds;
}

/** Reads a flag that is a whole number from `min` to `max`. */
export function readInteger(
  path: string,
  flag: string,
  value: string,
  [min, max]: [number, number],
): number {
  const number = /^-?\d+$/.test(value) ? Number(value) : NaN;
  if (!(number >= min && number <= max)) {
    const range =
      max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    throw badFlag(path, flag, value, `must be a whole number ${range}`);
  }
  return number;
}

/** Reads a flag that is one of some words. */
export function readChoice<T extends string>(
  path: string,
  flag: string,
  value: string,
  choices: readonly T[],
): T {
  const choice = choices.find((each) => each === value);
  if (!choice) {
    throw badFlag(path, flag, value, `must be one of ${choices.join(", ")}`);
  }
  return choice;
}

/**
 * Rewrites `--flag=true` and `--flag=false` of flags without a value, which
 * kubectl's users write and commander does not know.
 */
export function normaliseBooleans(root: Command, argv: string[]): string[] {
  const booleans = new Set(
    withSubcommands(root)
      .flatMap((command) => command.options)
      .filter((option) => option.isBoolean() || option.negate)
      .map((option) => option.long),
  );
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  return argv.flatMap((word, index) => {
    const [, flag, value] = /^(--[a-z-]+)=(true|false)$/.exec(word) ?? [];
    if (index >= end || !flag || !booleans.has(flag)) return [word];
    if (value === "true") return [flag];
    const negated = `--no-${flag.slice(2)}`;
    return booleans.has(negated) ? [negated] : [];
  });
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/**
 * Splits operands at the `--` of the command line, which commander takes away.
 * @param rawArgs the whole command line, as the root command has it
 */
export function splitAtDashes(
  command: Command,
  operands: string[],
): { before: string[]; after: string[] | undefined } {
  const rawArgs = (root(command) as Command & { rawArgs: string[] }).rawArgs;
  const dashes = rawArgs.indexOf("--");
  if (dashes < 0) return { before: operands, after: undefined };
  const count = operands.length - (rawArgs.length - dashes - 1);
  return { before: operands.slice(0, count), after: operands.slice(count) };
}

function root(command: Command): Command {
  return command.parent ? root(command.parent) : command;
}
