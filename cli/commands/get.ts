import { Command } from "commander";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors, notFound, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { COLUMNS, type Resource } from "../print/columns.js";
import { formatName } from "../print/name.js";
import { formatData, parseOutput, type OutputFormat } from "../print/output.js";
import { formatTable, type Column } from "../print/table.js";
import {
  parseSelection,
  type ResourceType,
  type Selection,
} from "../resources.js";

const FORMATS = ["wide", "json", "yaml", "name"] as const;

interface GetOptions {
  selections: Selection[];
  output: OutputFormat | undefined;
  headers: boolean;
}

/** `sidestep get`: lists objects of one or more types. */
export function getCommand(cli: Cli): Command {
  const command = new Command("get")
    .description("Display one or many targets, sessions, pauses or breakpoints")
    .argument("[type/name...]", "TYPE[,TYPE] [NAME...] or TYPE/NAME...")
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .option("--no-headers", "leave out the names of the columns")
    .action((words: string[], flags: { output?: string; headers: boolean }) =>
      run(cli, complete(commandPath(command), words, flags)),
    );
  return withExamples(command, [
    ["What can be debugged, and why it cannot", "sidestep get targets -o wide"],
    [
      "The sessions; REQUESTS are those that the replica got, of all",
      "sidestep get sessions",
    ],
    ["What is paused now, and where", "sidestep get pauses"],
    [
      "The breakpoints, whether they are in force, and why not",
      "sidestep get breakpoints -o wide",
    ],
    ["One session as YAML", "sidestep get session shop-x7k2p -o yaml"],
    ["Sessions and pauses together", "sidestep get sessions,pauses"],
  ]);
}

function complete(
  path: string,
  words: string[],
  flags: { output?: string; headers: boolean },
): GetOptions {
  if (words.length === 0) {
    throw usage(
      path,
      "You must specify the type of resource to get: targets, sessions, pauses or breakpoints.",
    );
  }
  return {
    selections: parseSelection(path, words),
    output: parseOutput(flags.output, FORMATS),
    headers: flags.headers,
  };
}

interface Found {
  type: ResourceType;
  items: Resource[];
}

async function run(cli: Cli, options: GetOptions): Promise<void> {
  const client = await cli.connect();
  const errors: unknown[] = [];
  const found: Found[] = [];
  for (const { type, names } of options.selections) {
    const items = await read(client, type, names, errors);
    const before = found.find((each) => each.type === type);
    if (before) before.items.push(...items);
    else found.push({ type, items });
  }
  await print(cli, found, options);
  if (errors.length > 0) throw new SeveralErrors(errors);
}

const LISTS: Record<
  ResourceType,
  (client: Client) => Promise<{ items: Resource[] }>
> = {
  targets: (client) => client.targets(),
  sessions: (client) => client.sessions(),
  pauses: (client) => client.pauses(),
  breakpoints: (client) => client.breakpoints(),
};

/** Reads all, or those of the names; a name that is not there is collected as an error. */
async function read(
  client: Client,
  type: ResourceType,
  names: string[],
  errors: unknown[],
): Promise<Resource[]> {
  const { items } = await LISTS[type](client);
  if (names.length === 0) return items;
  return names.flatMap((name) => {
    const item = items.find(({ metadata }) => metadata.name === name);
    if (!item) errors.push(notFound(type, name));
    return item ? [item] : [];
  });
}

async function print(
  cli: Cli,
  found: Found[],
  { selections, output, headers }: GetOptions,
): Promise<void> {
  const { out, err } = cli.streams;
  const named = selections.some(({ names }) => names.length > 0);
  const items = found.flatMap((each) => each.items);
  if (output === "json" || output === "yaml") {
    const one =
      named && selections.length === 1 && selections[0]?.names.length === 1;
    if (one && items.length === 0) return;
    const list = { apiVersion: API_VERSION, kind: "List", items };
    out.write(await formatData(output, one ? items[0] : list));
    return;
  }
  if (items.length === 0) {
    if (!named) err.write("No resources found.\n");
    return;
  }
  const several = found.length > 1;
  const tables = found
    .filter((each) => each.items.length > 0)
    .map(({ type, items: of }) =>
      output === "name"
        ? of.map((item) => `${formatName(type, item.metadata.name)}\n`).join("")
        : formatTable(columnsOf(cli, type, output, several), of, headers),
    );
  out.write(tables.join(output === "name" ? "" : "\n"));
}

function columnsOf(
  cli: Cli,
  type: ResourceType,
  output: OutputFormat | undefined,
  several: boolean,
): Column<Resource>[] {
  const columns = COLUMNS[type](
    cli.now(),
    output === "wide",
  ) as Column<Resource>[];
  if (!several) return columns;
  // Between others, a name says what it is the name of.
  const name: Column<Resource> = {
    heading: "NAME",
    cell: (item) => formatName(type, item.metadata.name),
  };
  return [name, ...columns.slice(1)];
}
