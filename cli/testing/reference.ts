import type { Argument, Command, Option } from "commander";
import { format } from "prettier";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import { createProgram } from "../program.js";
import {
  RESOURCE_TYPES,
  kindOf,
  shortNames,
  singular,
  verbsOf,
} from "../resources.js";
import { TestCli } from "./run-cli.js";

/** The program as it is documented: with all commands, asking nobody. */
export function documentedProgram(): Promise<Command> {
  return createProgram(new TestCli().cli());
}

/** All commands that a help lists, those below others too, in that order. */
export function visibleCommands(command: Command): Command[] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => command.commands.includes(each));
  return below.flatMap((each) => [each, ...visibleCommands(each)]);
}

/** docs/cli.md, from the commands themselves. */
export async function reference(): Promise<string> {
  const program = await documentedProgram();
  const commands = visibleCommands(program);
  return format(
    [
      "# The command line",
      "Written by `npm run docs:cli`, from the commands; `sidestep COMMAND --help` says the same.",
      program.description(),
      "`sidestep VERB TYPE NAME…`, `TYPE/NAME…`, `TYPE,TYPE`: as in kubectl. Results go to stdout, everything else to stderr; the exit code is 0, or 1 for an error, or what is said below.",
      types(),
      "## Commands",
      table(
        ["command", ""],
        commands.map((each) => [
          `[\`${pathOf(each)}\`](#${pathOf(each).replaceAll(" ", "-")})`,
          firstLine(each),
        ]),
      ),
      "## Flags of every command",
      options(program.options),
      ...commands.map(section),
    ].join("\n\n"),
    { parser: "markdown" },
  );
}

function types(): string {
  const rows = RESOURCE_TYPES.map((type) => [
    `\`${type}\``,
    `\`${singular(type)}\``,
    shortNames(type)
      .map((short) => `\`${short}\``)
      .join(", "),
    kindOf(type),
    verbsOf(type).join(", "),
  ]);
  const head = ["plural", "singular", "short", "kind", "verbs"];
  return `## Types\n\nAll of \`${API_VERSION}\`; \`sidestep explain TYPE\` tells their fields.\n\n${table(head, rows)}`;
}

function section(command: Command): string {
  const help = command.createHelp();
  const args = help.visibleArguments(command);
  const flags = command.options.filter((option) => !option.hidden);
  return [
    `## ${pathOf(command)}`,
    command.description(),
    fenced(help.commandUsage(command)),
    args.length > 0 ? arguments_(args) : "",
    flags.length > 0 ? options(flags) : "",
    examples(command),
  ]
    .filter(Boolean)
    .join("\n\n");
}

function arguments_(args: Argument[]): string {
  return table(
    ["argument", ""],
    args.map((each) => [`\`${each.name()}\``, each.description]),
  );
}

function options(flags: readonly Option[]): string {
  return table(
    ["flag", ""],
    flags.map((each) => [`\`${each.flags}\``, described(each)]),
  );
}

function described({ description, defaultValue }: Option): string {
  const shown = typeof defaultValue === "string" && defaultValue !== "";
  return shown ? `${description} (default: \`${defaultValue}\`)` : description;
}

/** What the help has behind its flags, as it is printed. */
function examples(command: Command): string {
  let after = "";
  const before = command.configureOutput();
  command.configureOutput({ writeOut: (text) => (after += text) });
  command.outputHelp();
  command.configureOutput(before);
  const [, text] = /\nExamples:\n([\s\S]*)$/.exec(after) ?? [];
  const lines = text?.trimEnd().replaceAll(/^ {2}/gm, "");
  return lines ? fenced(lines, "sh") : "";
}

export function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent
    ? `${pathOf(parent)} ${command.name()}`
    : command.name();
}

function firstLine(command: Command): string {
  return command.description().replaceAll("\n", " ");
}

function fenced(text: string, language = ""): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("<", "\\<")).join(" | ")} |`;
  const plain = (cells: string[]) =>
    line(cells.map((cell) => cell)).replaceAll(/`[^`]*`/g, (code) =>
      code.replaceAll("\\<", "<"),
    );
  return [head, head.map(() => "---"), ...rows].map(plain).join("\n");
}
