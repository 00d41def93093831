import { Command } from "commander";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import type { Cli } from "../cli.js";
import { withExamples } from "../flags.js";
import { parseOutput } from "../print/output.js";
import { formatTable, type Column } from "../print/table.js";
import {
  RESOURCE_TYPES,
  kindOf,
  shortNames,
  verbsOf,
  type ResourceType,
} from "../resources.js";

const FORMATS = ["wide", "name"] as const;

interface ApiResourcesOptions {
  output: (typeof FORMATS)[number] | undefined;
  headers: boolean;
}

/** `sidestep api-resources`: the types there are. */
export function apiResourcesCommand(cli: Cli): Command {
  const command = new Command("api-resources")
    .description("List the types of objects, with their short names")
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .option("--no-headers", "leave out the names of the columns")
    .action((flags: { output?: string; headers: boolean }) =>
      run(cli, {
        output: parseOutput(flags.output, FORMATS),
        headers: flags.headers,
      }),
    );
  return withExamples(command, [
    ["The types", "sidestep api-resources"],
    ["With what can be done with them", "sidestep api-resources -o wide"],
  ]);
}

function run(cli: Cli, { output, headers }: ApiResourcesOptions): void {
  const types = [...RESOURCE_TYPES].sort();
  cli.streams.out.write(
    output === "name"
      ? types.map((type) => `${type}\n`).join("")
      : formatTable(columns(output === "wide"), types, headers),
  );
}

function columns(wide: boolean): Column<ResourceType>[] {
  return [
    { heading: "NAME", cell: (type) => type },
    { heading: "SHORTNAMES", cell: (type) => shortNames(type).join(",") },
    { heading: "APIVERSION", cell: () => API_VERSION },
    // A sidecar is of one project; there is nothing else to be in.
    { heading: "NAMESPACED", cell: () => "false" },
    { heading: "KIND", cell: kindOf },
    ...(wide
      ? [
          {
            heading: "VERBS",
            cell: (type: ResourceType) => verbsOf(type).join(","),
          },
        ]
      : []),
  ];
}
