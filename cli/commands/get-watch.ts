import { once } from "node:events";
import type { Cli } from "../cli.js";
import type { EventQuery } from "../client.js";
import { notFound, usage } from "../errors.js";
import { formatName } from "../print/name.js";
import { formatData } from "../print/output.js";
import { applyTemplate, columnsOf } from "../print/print-objects.js";
import type { Printer } from "../print/printer.js";
import { formatTable, type Column } from "../print/table.js";
import type { ResourceType, Selection } from "../resources.js";
import { selects, type Requirement } from "../select/selector.js";
import { watchChanges, type Change } from "../watch.js";

/** The flags of `get` that make it go on. */
export interface WatchFlags {
  watch?: boolean;
  watchOnly?: boolean;
  outputWatchEvents?: boolean;
}

/** What is watched, and how it is shown. */
export interface WatchOptions {
  type: ResourceType;
  /** Undefined: all. */
  name: string | undefined;
  /** Not what there is already. */
  only: boolean;
  printer: Printer;
  headers: boolean;
  /** Also requests that no session matched. */
  unmatched?: true | undefined;
  labels: boolean;
  selector: Requirement[];
  /** What became of each object is shown, too. */
  events: boolean;
  /** Which of the objects. */
  query?: EventQuery;
}

/** Reads the flags of a watch; undefined: they ask for none. */
export function readWatch(
  path: string,
  flags: WatchFlags,
  selections: Selection[],
  shown: Pick<
    WatchOptions,
    "printer" | "headers" | "labels" | "selector" | "unmatched"
  >,
): WatchOptions | undefined {
  const events = flags.outputWatchEvents ?? false;
  if (!flags.watch && !flags.watchOnly) {
    if (!events) return undefined;
    throw usage(
      path,
      "--output-watch-events option can only be used with --watch or --watch-only",
    );
  }
  const types = new Set(selections.map(({ type }) => type));
  const names = selections.flatMap((each) => each.names);
  const [type] = types;
  if (!type || types.size > 1) {
    throw usage(path, "you may only specify a single resource type");
  }
  if (names.length > 1) {
    throw usage(
      path,
      `watch is only supported on individual resources and resource collections - ${names.length} resources were found`,
    );
  }
  const only = flags.watchOnly ?? false;
  return { type, name: names[0], only, events, ...shown };
}

/** Shows what there is, then each change of it, until the user ends it. */
export async function watch(cli: Cli, options: WatchOptions): Promise<void> {
  const { out } = cli.streams;
  const { type, name, only, unmatched } = options;
  const format = formatter(cli, options);
  const client = await cli.connect();
  const changes = watchChanges(cli, client, type, {
    name,
    unmatched,
    ...options.query,
  });
  let first: Told[] | undefined = [];
  const write = async (told: Told[]) => {
    const text = await format(told);
    if (!out.write(text)) await once(out, "drain");
  };
  for await (const change of changes) {
    if (change.type !== "SYNCED") {
      if (!selects(options.selector, change.object.metadata.labels)) continue;
      if (first) first.push(change);
      // That one of many is not remembered any more is no news of it.
      else if (type !== "requests" || change.type !== "DELETED")
        await write([change]);
      continue;
    }
    if (name !== undefined && first?.length === 0) throw notFound(type, name);
    const told = first ?? [];
    first = undefined;
    await write(told.map((each) => ({ ...each, silent: only })));
  }
}

type Told = Exclude<Change, { type: "SYNCED" }> & {
  /** Known from now on, but not shown. */
  silent?: boolean;
};

type Formatter = (told: Told[]) => Promise<string>;

function formatter(cli: Cli, options: WatchOptions): Formatter {
  const { printer } = options;
  switch (printer.kind) {
    case "json":
    case "yaml":
      return dataOf(printer.kind, options);
    case "name": {
      const line = ({ object }: Told) =>
        `${formatName(options.type, object.metadata.name)}\n`;
      return async (told) => shown(told).map(line).join("");
    }
    case "jsonpath":
      return async (told) =>
        shown(told)
          .map(({ object }) => applyTemplate(printer, object))
          .join("");
    case "table":
    case "custom-columns":
      return rows(cli, options, printer);
  }
}

const shown = (told: Told[]) => told.filter(({ silent }) => !silent);

/** Objects one after the other; as YAML, a document each. */
function dataOf(output: "json" | "yaml", { events }: WatchOptions): Formatter {
  let separator = "";
  return async (told) => {
    let text = "";
    for (const { type, object } of shown(told)) {
      text += separator;
      text += await formatData(output, events ? { type, object } : object);
      if (output === "yaml") separator = "---\n";
    }
    return text;
  };
}

/** Rows of one table, whose columns get wider but not narrower; one that would look as before is left out. */
function rows(
  cli: Cli,
  { type, headers, events, labels }: WatchOptions,
  printer: Extract<Printer, { kind: "table" | "custom-columns" }>,
) {
  const widths: number[] = [];
  const looks = new Map<string, string>();
  let headings = headers;
  const columns = (now: number): Column<Told>[] => {
    const of = columnsOf(type, now, printer, labels);
    return [
      ...(events
        ? [{ heading: "EVENT", cell: (told: Told) => told.type }]
        : []),
      ...of.map((column) => ({
        heading: column.heading,
        cell: (told: Told) => column.cell(told.object),
      })),
    ];
  };
  const isNews = (told: Told): boolean => {
    const { name } = told.object.metadata;
    // At one time: an age is no change.
    const look = formatTable(columns(0), [{ ...told, type: "ADDED" }], false);
    const before = looks.get(name);
    if (told.type === "DELETED") looks.delete(name);
    else looks.set(name, look);
    return told.type === "DELETED" || before !== look;
  };
  return async (told: Told[]): Promise<string> => {
    const news = shown(told.filter(isNews));
    if (news.length === 0) return "";
    const text = formatTable(columns(cli.now()), news, headings, widths);
    headings = false;
    return text;
  };
}
