import { Command } from "commander";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import type { Cli } from "../cli.js";
import type { EventQuery } from "../client.js";
import { usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { COLUMNS } from "../print/columns.js";
import { formatName } from "../print/name.js";
import { formatData, parseOutput, type OutputFormat } from "../print/output.js";
import { formatTable } from "../print/table.js";
import { parseTypedName } from "../resources.js";
import { watch } from "./get-watch.js";

const FORMATS = ["json", "yaml", "name"] as const;
const TYPES = ["Normal", "Warning"];

interface EventsFlags {
  for?: string;
  types?: string;
  watch?: boolean;
  output?: string;
  headers: boolean;
}

interface EventsOptions {
  query: EventQuery;
  watch: boolean;
  output: Exclude<OutputFormat, "wide"> | undefined;
  headers: boolean;
}

/** `sidestep events`: what happened, the latest last. */
export function eventsCommand(cli: Cli): Command {
  const command = new Command("events")
    .description("List what happened, the latest last")
    .option(
      "--for <type/name>",
      "only of that object; of a session, all that concerns it",
    )
    .option("--types <types>", `only of these: ${TYPES.join(", ")}`)
    .option("-w, --watch", "go on with what happens")
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .option("--no-headers", "leave out the names of the columns")
    .action((flags: EventsFlags) =>
      run(cli, complete(commandPath(command), flags)),
    );
  return withExamples(command, [
    ["What happened until now, and what happens next", "sidestep events -w"],
    [
      "What concerns one session, its pauses and breakpoints too",
      "sidestep events --for session/shop-x7k2p",
    ],
    ["What wants to be looked at", "sidestep events --types Warning"],
  ]);
}

function complete(path: string, flags: EventsFlags): EventsOptions {
  const query: EventQuery = {};
  if (flags.for !== undefined) query.for = readFor(path, flags.for);
  if (flags.types !== undefined) query.types = readTypes(path, flags.types);
  return {
    query,
    watch: flags.watch ?? false,
    output: parseOutput(flags.output, FORMATS),
    headers: flags.headers,
  };
}

/** An object by any name of its type; what is no resource, such as a container, as it is. */
function readFor(path: string, value: string): string {
  if (/^container\/./.test(value)) return value;
  const { type, names } = parseTypedName(path, value);
  return formatName(type, names[0] ?? "");
}

function readTypes(path: string, value: string): string {
  const types = value.split(",").map((word) => {
    const same = (type: string) => type.toLowerCase() === word.toLowerCase();
    const type = TYPES.find(same);
    if (!type) throw usage(path, `valid --types are ${TYPES.join(" or ")}`);
    return type;
  });
  return types.join(",");
}

async function run(cli: Cli, options: EventsOptions): Promise<void> {
  const { out, err } = cli.streams;
  const { query, output, headers } = options;
  if (options.watch) {
    const printer = output
      ? { kind: output }
      : { kind: "table" as const, wide: false };
    return watch(cli, {
      type: "events",
      name: undefined,
      only: false,
      events: false,
      query,
      printer,
      headers,
      labels: false,
      selector: [],
    });
  }
  const client = await cli.connect();
  const { items } = await client.events(query);
  if (output === "json" || output === "yaml") {
    const list = { apiVersion: API_VERSION, kind: "List", items };
    out.write(await formatData(output, list));
  } else if (items.length === 0) {
    err.write("No events found.\n");
  } else if (output === "name") {
    const names = items.map(({ metadata }) =>
      formatName("events", metadata.name),
    );
    out.write(names.map((name) => `${name}\n`).join(""));
  } else {
    out.write(formatTable(COLUMNS.events(cli.now(), false), items, headers));
  }
}
