import { Command } from "commander";
import type { DockerContext } from "../../docker/engine/reach/contexts.js";
import type { Cli } from "../cli.js";
import { usage } from "../errors.js";
import { noSuchContext } from "../reach-errors.js";
import { commandPath, withExamples } from "../flags.js";
import { formatTable, type Column } from "../print/table.js";

/** `sidestep config`: which of docker's contexts is used. */
export function configCommand(cli: Cli): Command {
  const command = new Command("config").description(
    "Choose among docker's contexts: where the Engine is",
  );
  command
    .addCommand(getContexts(cli))
    .addCommand(useContext(cli))
    .addCommand(currentContext(cli))
    .addCommand(unset(cli))
    .action(() => command.help());
  return withExamples(command, [
    ["The contexts that docker has", "sidestep config get-contexts"],
    [
      "From now on the Engine of one of them",
      "sidestep config use-context default",
    ],
    ["As docker has it again", "sidestep config unset current-context"],
  ]);
}

function getContexts(cli: Cli): Command {
  return new Command("get-contexts")
    .description("List docker's contexts; * is the one that is used")
    .option("--no-headers", "without the line of headings")
    .option("-o, --output <format>", "name: only their names")
    .argument("[name]", "only this one")
    .action(async (name: string | undefined, flags: GetFlags, command) => {
      if (flags.output !== undefined && flags.output !== "name") {
        throw usage(
          commandPath(command as Command),
          `output must be one of '' or 'name'`,
        );
      }
      await runGet(cli, name, flags);
    });
}

interface GetFlags {
  headers: boolean;
  output?: string;
}

async function runGet(
  cli: Cli,
  name: string | undefined,
  { headers, output }: GetFlags,
): Promise<void> {
  const current = (await cli.contexts.current()).name;
  const all = await cli.contexts.list();
  const found = all.filter((context) => !name || context.name === name);
  if (name && found.length === 0) throw noSuchContext(name);
  const { out } = cli.streams;
  if (output === "name") {
    out.write(found.map((context) => `${context.name}\n`).join(""));
    return;
  }
  const columns: Column<DockerContext>[] = [
    { heading: "CURRENT", cell: ({ name: n }) => (n === current ? "*" : " ") },
    { heading: "NAME", cell: (context) => context.name },
    { heading: "ENDPOINT", cell: (context) => context.host },
    { heading: "DESCRIPTION", cell: (context) => context.description },
  ];
  out.write(formatTable(columns, found, headers));
}

function useContext(cli: Cli): Command {
  return new Command("use-context")
    .description(
      "Use one of docker's contexts from now on; docker itself goes on with its own",
    )
    .argument("<name>", "the context")
    .action(async (name: string) => {
      const all = await cli.contexts.list();
      if (!all.some((context) => context.name === name)) {
        throw noSuchContext(name);
      }
      cli.contexts.use(name);
      cli.streams.out.write(`Switched to context "${name}".\n`);
      const { name: now, by } = await cli.contexts.current();
      if (by !== "sidestep") {
        cli.streams.err.write(
          `warning: ${by} is set and goes before it: "${now}" is used\n`,
        );
      }
    });
}

function currentContext(cli: Cli): Command {
  return new Command("current-context")
    .description("Print the context that is used")
    .action(async () => {
      cli.streams.out.write(`${(await cli.contexts.current()).name}\n`);
    });
}

function unset(cli: Cli): Command {
  const command = new Command("unset")
    .description("Forget the choice of use-context: as docker has it again")
    .argument("<property>", "current-context")
    .action((property: string) => {
      if (property !== "current-context") {
        throw usage(
          commandPath(command),
          `unknown property "${property}": it must be current-context`,
        );
      }
      cli.contexts.use(undefined);
      cli.streams.out.write(`Property "current-context" unset.\n`);
    });
  return command;
}
