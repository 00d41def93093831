import { Command } from "commander";
import type { Cli } from "../cli.js";
import { usage } from "../errors.js";
import { stacksIncomplete } from "../session-errors.js";
import { commandPath, withExamples } from "../flags.js";
import { onlySession } from "../only-session.js";
import { formatData, parseOutput } from "../print/output.js";
import { formatStacks } from "../print/stacks.js";
import { parseNamesOf } from "../resources.js";

const FORMATS = ["json", "yaml"] as const;

/** `sidestep stacks`: where all threads of a replica are. */
export function stacksCommand(cli: Cli): Command {
  const command = new Command("stacks")
    .description(
      "Show where all threads of a session's replica are, and the requests they serve, without pausing anything",
    )
    .argument("[session/name...]", "session/NAME (default: the only session)")
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .action((words: string[], flags: { output?: string }) => {
      const path = commandPath(command);
      const [name, ...others] = parseNamesOf(path, "sessions", words);
      if (others.length > 0) throw usage(path, "only one session at a time");
      return run(cli, name, parseOutput(flags.output, FORMATS));
    });
  return withExamples(command, [
    ["Where is the only session's replica stuck?", "sidestep stacks"],
    ["For programs", "sidestep stacks session/shop-x7k2p -o json"],
  ]);
}

async function run(
  cli: Cli,
  name: string | undefined,
  output: (typeof FORMATS)[number] | undefined,
): Promise<void> {
  const client = await cli.connect();
  const stacks = await client.stacks(
    name ?? (await onlySession(client, "stacks")),
  );
  cli.streams.out.write(
    output ? await formatData(output, stacks) : formatStacks(stacks),
  );
  const silent = stacks.status.processes
    .filter(({ problem, threads }) => problem && threads.length === 0)
    .map(({ pid }) => pid);
  if (silent.length > 0) throw stacksIncomplete(silent);
}
