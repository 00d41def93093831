import type { Argument, Command, Option } from "commander";
import { isFlag } from "../flags.js";
import { findType, RESOURCE_TYPES, singular } from "../resources.js";
import type { ResourceType } from "../resources.js";
import { valuesOf } from "./flag-values.js";

/** One way to go on, and what it means. */
export interface Candidate {
  word: string;
  description?: string;
}

/** What can come next. */
export interface Candidates {
  words: Candidate[];
  /** Whether it is the name of a file. */
  files?: boolean;
  /** Whether the word goes on behind the candidate, as `session/` does. */
  unfinished?: boolean;
}

/** Names of the objects that there are now. */
export type Names = (type: ResourceType) => Promise<string[]>;

/**
 * What can come next on a command line.
 * @param words all words so far, the last being the one that is written
 */
export async function candidates(
  program: Command,
  words: string[],
  names: Names,
): Promise<Candidates> {
  const current = words.at(-1) ?? "";
  const { command, operands, pending } = walk(program, words.slice(0, -1));
  if (operands === "after --") return { words: [], files: true };
  const equals = /^(--[a-z-]+)=(.*)$/s.exec(current);
  if (equals) {
    const [, flag = "", value = ""] = equals;
    const option = optionOf(command, flag);
    if (!option) return { words: [] };
    const found = await values(command, option, value, names);
    return prefixed(found, `${flag}=`);
  }
  if (pending) return values(command, pending, current, names);
  if (current.startsWith("-")) return flags(command, current);
  if (command.commands.length > 0) {
    return operands.length > 0 ? { words: [] } : subcommands(command, current);
  }
  return arguments_(command, operands, current, names);
}

/** Follows the words to the command they are for; what is left are its operands. */
function walk(program: Command, words: string[]) {
  let command = program;
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return { command, operands: "after --" as const };
    if (word.startsWith("-")) {
      const option = optionOf(command, word);
      if (!option?.required) continue;
      if (at + 1 === words.length) {
        return { command, operands, pending: option };
      }
      at += 1; // its value
      continue;
    }
    const below = command.commands.find((each) => each.name() === word);
    if (below) command = below;
    else operands.push(word);
  }
  return { command, operands };
}

function optionsOf(command: Command): Option[] {
  const own = command.options.filter((option) => !option.hidden);
  return command.parent ? [...own, ...optionsOf(command.parent)] : own;
}

function optionOf(command: Command, flag: string): Option | undefined {
  return optionsOf(command).find((option) => isFlag(option, flag));
}

function flags(command: Command, current: string): Candidates {
  const words = optionsOf(command).flatMap(({ long, description }) =>
    long?.startsWith(current) ? [{ word: long, description }] : [],
  );
  if ("--help".startsWith(current)) {
    words.push({ word: "--help", description: "display help for command" });
  }
  return { words };
}

function subcommands(command: Command, current: string): Candidates {
  const visible = command.createHelp().visibleCommands(command);
  return {
    words: visible.flatMap((each) => {
      const word = each.name();
      const [description] = each.description().split("\n");
      return word.startsWith(current) ? [{ word, description }] : [];
    }),
  };
}

async function values(
  command: Command,
  option: Option,
  current: string,
  names: Names,
): Promise<Candidates> {
  const known = valuesOf(command.name(), option);
  if (known === "files") return { words: [], files: true };
  if (!known) return { words: [] };
  const words = Array.isArray(known) ? known : await names(known.type);
  const fitting = words.filter((word) => word.startsWith(current));
  return {
    words: fitting.map((word) => ({ word })),
    unfinished: fitting.some((word) => /[=:]$/.test(word)),
  };
}

function prefixed(found: Candidates, prefix: string): Candidates {
  const words = found.words.map((each) => ({
    ...each,
    word: prefix + each.word,
  }));
  return { ...found, words };
}

/** What the operands may be is said by what the command calls its first one. */
async function arguments_(
  command: Command,
  operands: string[],
  current: string,
  names: Names,
): Promise<Candidates> {
  const [first] = command.registeredArguments;
  if (!first) return { words: [] };
  if (!first.variadic && operands.length > 0) return { words: [] };
  if (first.argChoices) return fixed(first.argChoices, current);
  const types = typesOf(first);
  if (types === "any") return anyType(operands, current, names);
  if (types.length === 0)
    return { words: [], files: /file/.test(first.name()) };
  return typedNames(types, current, names, first.name().includes("/"));
}

/** `[session/name]`, or what its description writes as `pause/NAME`. */
function typesOf(argument: Argument): ResourceType[] | "any" {
  const [word = ""] = argument.name().split(/[/.]/);
  if (word === "type") return "any";
  const described = argument.description.matchAll(/(\w+)\/NAME/g);
  const words = [...described].map(([, type = ""]) => type);
  const types = [...words, word].flatMap((each) => findType(each) ?? []);
  return [...new Set(types)];
}

async function anyType(
  operands: string[],
  current: string,
  names: Names,
): Promise<Candidates> {
  const [first] = operands;
  const type = first === undefined ? undefined : findType(first);
  if (type) {
    const taken = new Set(operands);
    const free = (await names(type)).filter((name) => !taken.has(name));
    return fixed(free, current);
  }
  if (current.includes("/") || first?.includes("/")) {
    return typedNames(RESOURCE_TYPES, current, names, true);
  }
  const comma = current.lastIndexOf(",") + 1;
  const words = RESOURCE_TYPES.map((each) => current.slice(0, comma) + each);
  return fixed(words, current);
}

/** `session/` first, then `session/NAME`; names alone where there is one type. */
async function typedNames(
  types: ResourceType[],
  current: string,
  names: Names,
  typed: boolean,
): Promise<Candidates> {
  if (!typed) return fixed(await names(types[0] ?? "targets"), current);
  const slash = current.indexOf("/");
  const type = slash < 0 ? undefined : findType(current.slice(0, slash));
  const [only, ...others] = types;
  if (type === undefined && only && others.length > 0) {
    const found = fixed(
      types.map((each) => `${singular(each)}/`),
      current,
    );
    return { ...found, unfinished: true };
  }
  const wanted = type ?? only;
  if (!wanted) return { words: [] };
  const prefix = type ? current.slice(0, slash + 1) : `${singular(wanted)}/`;
  return fixed(
    (await names(wanted)).map((name) => prefix + name),
    current,
  );
}

function fixed(words: readonly string[], current: string): Candidates {
  return {
    words: words
      .filter((word) => word.startsWith(current))
      .map((word) => ({ word })),
  };
}
