import { Command } from "commander";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors, notFound, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { LISTS } from "../lists.js";
import type { Resource } from "../print/columns.js";
import {
  formatObjects,
  type Found,
  type PrintOptions,
} from "../print/print-objects.js";
import { parsePrinter } from "../print/printer.js";
import {
  listTypes,
  parseSelection,
  type ResourceType,
  type Selection,
} from "../resources.js";
import type { Requirement } from "../select/selector.js";
import { parseSortBy, sortBy, type SortBy } from "../select/sort.js";
import { readSelector, selected, selectorOption } from "../selector-flag.js";
import {
  readWatch,
  watch,
  type WatchFlags,
  type WatchOptions,
} from "./get-watch.js";

interface GetOptions extends PrintOptions {
  /** Absent: only what there is now. */
  watch: WatchOptions | undefined;
  selections: Selection[];
  selector: Requirement[];
  sortBy: SortBy | undefined;
  /** Also requests that no session matched. */
  unmatched: true | undefined;
}

interface GetFlags extends WatchFlags {
  output?: string;
  selector?: string;
  sortBy?: string;
  showLabels?: boolean;
  headers: boolean;
  unmatched?: true;
}

/** `sidestep get`: lists objects of one or more types. */
export function getCommand(cli: Cli): Command {
  const command = new Command("get")
    .description(`Display one or many ${listTypes("or")}`)
    .argument("[type/name...]", "TYPE[,TYPE] [NAME...] or TYPE/NAME...")
    .option(
      "-o, --output <format>",
      "wide, json, yaml, name, jsonpath=TEMPLATE, jsonpath-as-json=TEMPLATE, jsonpath-file=FILE, custom-columns=HEADING:PATH,… or custom-columns-file=FILE",
    )
    .addOption(selectorOption())
    .option("--sort-by <path>", "in the order of a field, such as .status.hits")
    .option("--show-labels", "one more column: the labels")
    .option("--no-headers", "leave out the names of the columns")
    .option("--unmatched", "requests: also those that no session matched")
    .option("-w, --watch", "go on with what changes")
    .option("--watch-only", "only what changes from now on")
    .option("--output-watch-events", "say what became of each object watched")
    .action(async (words: string[], flags: GetFlags) => {
      const options = await complete(commandPath(command), words, flags);
      if (!options.watch) return run(cli, options);
      if (options.sortBy) {
        cli.streams.err.write(
          "Warning: --watch requested, --sort-by will be ignored\n",
        );
      }
      return watch(cli, options.watch);
    });
  return withExamples(command, [
    ["What can be debugged, and why it cannot", "sidestep get targets -o wide"],
    [
      "The sessions; REQUESTS are those that the replica got, of all",
      "sidestep get sessions",
    ],
    ["What is paused now, and where", "sidestep get pauses"],
    [
      "Each request of a session as it comes, and why it went where it did",
      "sidestep get requests -w -o wide",
    ],
    [
      "The breakpoints, whether they are in force, and why not",
      "sidestep get breakpoints -o wide",
    ],
    [
      "The breakpoints of one session, those that are hit most last",
      "sidestep get bp -l sidestep.session=shop-x7k2p --sort-by .status.hits",
    ],
    ["One session as YAML", "sidestep get session shop-x7k2p -o yaml"],
    [
      "The PIN of the debugger in the browser, and nothing else",
      "sidestep get session shop-x7k2p -o jsonpath='{.status.pin}'",
    ],
    [
      "Columns of your own",
      "sidestep get sessions -o custom-columns=NAME:.metadata.name,SINCE:.metadata.creationTimestamp",
    ],
    ["Each pause as it comes and goes", "sidestep get pauses --watch"],
    ["Sessions and pauses together", "sidestep get sessions,pauses"],
  ]);
}

async function complete(
  path: string,
  words: string[],
  flags: GetFlags,
): Promise<GetOptions> {
  if (words.length === 0) {
    throw usage(
      path,
      `You must specify the type of resource to get: ${listTypes("or")}.`,
    );
  }
  const selections = parseSelection(path, words);
  const shown = {
    selector: readSelector(path, flags.selector, selections),
    printer: parsePrinter(flags.output),
    headers: flags.headers,
    labels: flags.showLabels ?? false,
  };
  const { unmatched } = flags;
  if (unmatched && selections.some(({ type }) => type !== "requests")) {
    throw usage(path, "--unmatched can only be used with requests");
  }
  return {
    selections,
    ...shown,
    unmatched,
    sortBy: flags.sortBy === undefined ? undefined : parseSortBy(flags.sortBy),
    watch: readWatch(path, flags, selections, { ...shown, unmatched }),
  };
}

/** Nothing is kept of unmatched requests until somebody asks. */
const ON_DEMAND =
  "requests that no session matched are recorded from now on, for 30 s: ask again, or watch them with -w";

async function run(cli: Cli, options: GetOptions): Promise<void> {
  const client = await cli.connect();
  const errors: unknown[] = [];
  const found: Found[] = [];
  for (const { type, names } of options.selections) {
    const items = await read(client, type, names, options, errors);
    const before = found.find((each) => each.type === type);
    if (before) before.items.push(...items);
    else found.push({ type, items });
  }
  await print(cli, found, options);
  if (options.unmatched) cli.streams.err.write(`${ON_DEMAND}\n`);
  if (errors.length > 0) throw new SeveralErrors(errors);
}

/** Reads all, or those of the names; a name that is not there is collected as an error. */
async function read(
  client: Client,
  type: ResourceType,
  names: string[],
  { selector, unmatched }: Pick<GetOptions, "selector" | "unmatched">,
  errors: unknown[],
): Promise<Resource[]> {
  const { items } = await LISTS[type](client, unmatched);
  if (names.length === 0) return selected(items, selector);
  return names.flatMap((name) => {
    const item = items.find(({ metadata }) => metadata.name === name);
    if (!item) errors.push(notFound(type, name));
    return item ? [item] : [];
  });
}

async function print(
  cli: Cli,
  found: Found[],
  options: GetOptions,
): Promise<void> {
  const { selections, printer } = options;
  const order = options.sortBy;
  const sorted = order
    ? found.map(({ type, items }) => ({ type, items: sortBy(items, order) }))
    : found;
  const named = selections.some(({ names }) => names.length > 0);
  const one =
    named && selections.length === 1 && selections[0]?.names.length === 1;
  const empty = sorted.every(({ items }) => items.length === 0);
  if (empty && (printer.kind === "table" || printer.kind === "name")) {
    if (!named) cli.streams.err.write("No resources found.\n");
    return;
  }
  const text = await formatObjects(sorted, options, { now: cli.now(), one });
  cli.streams.out.write(text);
}
