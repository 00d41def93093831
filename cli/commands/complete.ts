import { Command } from "commander";
import type { Cli } from "../cli.js";
import { candidates, type Candidates } from "../completion/candidates.js";
import { LISTS } from "../lists.js";
import { printable } from "../../sidecar/schema/printable.js";
import type { ResourceType } from "../resources.js";

/** Who presses Tab waits for this long at most. */
const TIMEOUT_MS = 700;

/** `sidestep __complete -- WORDS`: what can come next; never an error, never late. */
export function completeCommand(cli: Cli): Command {
  return new Command("__complete")
    .description("print what can come next on a command line")
    .argument("[words...]", "after --: the words so far")
    .allowUnknownOption()
    .action((words: string[]) => run(cli, words));
}

async function run(cli: Cli, words: string[]): Promise<void> {
  // Loaded late: it loads all commands, this one among them.
  const { createProgram } = await import("../program.js");
  try {
    const program = await createProgram(cli);
    const found = await candidates(program, words, (type) => names(cli, type));
    cli.streams.out.write(format(found));
  } catch {
    // Whoever presses Tab wants no explanations in the middle of a line.
  }
}

async function names(cli: Cli, type: ResourceType): Promise<string[]> {
  const read = async () => {
    const { items } = await LISTS[type](await cli.connect());
    return items.map(({ metadata }) => metadata.name);
  };
  const late = cli.sleep(TIMEOUT_MS).then(() => []);
  return Promise.race([read().catch(() => []), late]);
}

function format({ words, files, unfinished }: Candidates): string {
  const lines = words.map(({ word, description }) =>
    [word, description].filter(Boolean).map(String).map(printable).join("\t"),
  );
  if (files) lines.push(":files");
  if (unfinished) lines.push(":nospace");
  return lines.map((line) => `${line}\n`).join("");
}
