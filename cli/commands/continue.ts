import { Command } from "commander";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors } from "../errors.js";
import { noPauses, severalPauses } from "../session-errors.js";
import { commandPath, withExamples } from "../flags.js";
import { formatName } from "../print/name.js";
import { parseNamesOf } from "../resources.js";

/** `sidestep continue`: lets paused threads go on. */
export function continueCommand(cli: Cli): Command {
  const command = new Command("continue")
    .description("Let a paused thread go on, without a terminal")
    .argument("[pause/name...]", "pause/NAME... (default: the only pause)")
    .action((words: string[]) =>
      run(cli, parseNamesOf(commandPath(command), "pauses", words)),
    );
  return withExamples(command, [
    ["The only pause", "sidestep continue"],
    ["One of several", "sidestep continue pause/3f9c2a1b"],
  ]);
}

async function run(cli: Cli, names: string[]): Promise<void> {
  const client = await cli.connect();
  const wanted = names.length > 0 ? names : [await onlyPause(client)];
  const errors: unknown[] = [];
  for (const name of wanted) {
    try {
      await client.continuePause(name);
      cli.streams.out.write(`${formatName("pauses", name)} continued\n`);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new SeveralErrors(errors);
}

async function onlyPause(client: Client): Promise<string> {
  const { items } = await client.pauses();
  const names = items.map(({ metadata }) => metadata.name);
  const [first, ...others] = names;
  if (first === undefined) throw noPauses();
  if (others.length > 0) throw severalPauses(names, "continue");
  return first;
}
