import { Command } from "commander";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { isNotFound, notFound, SeveralErrors, usage } from "../errors.js";
import {
  commandPath,
  onByDefault,
  readDuration,
  withExamples,
} from "../flags.js";
import { LISTS } from "../lists.js";
import { fileOptions, readFiles, type FileFlags } from "../manifest/flags.js";
import type { Files } from "../manifest/manifest.js";
import { formatName } from "../print/name.js";
import { parseOutput } from "../print/output.js";
import {
  parseSelectionOf,
  singular,
  type ResourceType,
  type Selection,
} from "../resources.js";
import type { Requirement } from "../select/selector.js";
import { readSelector, selected, selectorOption } from "../selector-flag.js";
import { untilGone } from "../session-state.js";

interface DeleteOptions {
  /** Where one has no names: all of that type that the selector takes. */
  selections: Selection[];
  selector: Requirement[];
  output: "name" | undefined;
  wait: boolean;
  /** Milliseconds. */
  timeout: number;
  /** What is not there is deleted as well as can be. */
  ignoreNotFound: boolean;
}

interface DeleteFlags extends FileFlags {
  ignoreNotFound?: boolean;
  all?: boolean;
  selector?: string;
  output?: string;
  wait: boolean;
  timeout: string;
}

/** `sidestep delete`: ends sessions, everything goes back; or takes breakpoints away. */
export function deleteCommand(cli: Cli): Command {
  const command = new Command("delete")
    .description(
      "End sessions: requests go to the original again, the replica is removed;\nor take breakpoints away",
    )
    .argument(
      "[type/name...]",
      "session or breakpoint NAME..., or TYPE/NAME...",
    )
    .option("--all", "all of that type (default: sessions)")
    .addOption(selectorOption())
    .option("-o, --output <format>", "name: only TYPE/NAME of what is deleted")
    .option("--ignore-not-found", "what is not there is no error");
  fileOptions(command, "what to delete");
  onByDefault(command, "wait", "wait until the session is gone")
    .option(
      "--timeout <duration>",
      "how long to wait; 0: as long as it takes",
      "0",
    )
    .action(async (words: string[], flags: DeleteFlags) =>
      run(cli, await complete(cli, commandPath(command), words, flags)),
    );
  return withExamples(command, [
    ["One session", "sidestep delete session shop-x7k2p"],
    ["All of them", "sidestep delete sessions --all"],
    ["Breakpoints, by name", "sidestep delete breakpoint shop-x7k2p-b1"],
    ["What a file has", "sidestep delete -f session.yaml"],
    ["All breakpoints of all sessions", "sidestep delete bp --all"],
    [
      "All breakpoints of one session",
      "sidestep delete bp -l sidestep.session=shop-x7k2p",
    ],
    [
      "Do not wait until everything is back",
      "sidestep delete session/shop-x7k2p --wait=false",
    ],
  ]);
}

async function complete(
  cli: Cli,
  path: string,
  words: string[],
  flags: DeleteFlags,
): Promise<DeleteOptions> {
  const selections = flags.filename
    ? await inFiles(cli, readFiles(path, words, flags))
    : parseSelectionOf(path, [...TYPES], words);
  const named = selections.some(({ names }) => names.length > 0);
  if (flags.all && named) {
    throw usage(path, "name cannot be provided when --all is given");
  }
  if (flags.all && flags.selector !== undefined) {
    throw usage(path, "cannot set --all and --selector at the same time");
  }
  if (!flags.all && flags.selector === undefined && !named) {
    const type = selections[0]?.type ?? "sessions";
    throw usage(path, `name the ${type} to delete, or say --all or --selector`);
  }
  if (selections.length === 0) selections.push({ type: "sessions", names: [] });
  const timeout = readDuration(path, "--timeout", flags.timeout);
  return {
    selections,
    selector: readSelector(path, flags.selector, selections),
    output: parseOutput(flags.output, ["name"]),
    wait: flags.wait,
    timeout: timeout > 0 ? timeout : Infinity,
    ignoreNotFound: flags.ignoreNotFound ?? false,
  };
}

/** What files have, by name; of a session that goes, its breakpoints go with it. */
async function inFiles(cli: Cli, files: Files): Promise<Selection[]> {
  const { readManifests } = await import("../manifest/manifest.js");
  const { liveOf } = await import("../manifest/live.js");
  const manifests = await readManifests(cli.streams.in, files, "delete");
  const client = await cli.connect();
  const sessions = manifests.filter(({ kind }) => kind === "Session");
  const goes = (session: string) =>
    sessions.some(({ name }) => name === session);
  const selections: Selection[] = [];
  for (const manifest of manifests) {
    const { kind } = manifest;
    if (kind === "Breakpoint" && goes(manifest.body.spec.session)) continue;
    const live = await liveOf(client, manifest);
    const name = live?.metadata.name ?? manifest.name;
    if (name === undefined) throw notFound("breakpoints", manifest.where);
    const type = kind === "Session" ? "sessions" : "breakpoints";
    selections.push({ type, names: [name] });
  }
  return selections;
}

async function run(cli: Cli, options: DeleteOptions): Promise<void> {
  const client = await cli.connect();
  const errors: unknown[] = [];
  const sessions: string[] = [];
  for (const { type, names } of options.selections) {
    const wanted =
      names.length > 0 ? names : await all(client, type, options.selector);
    if (wanted.length === 0) cli.streams.err.write("No resources found.\n");
    for (const name of wanted) {
      try {
        await remove(client, type, name);
        if (type === "sessions") sessions.push(name);
        cli.streams.out.write(
          options.output === "name"
            ? `${formatName(type, name)}\n`
            : `${singular(type)} "${name}" deleted\n`,
        );
      } catch (error) {
        if (!options.ignoreNotFound || !isNotFound(error)) errors.push(error);
      }
    }
  }
  // After all are told to end: they end side by side.
  for (const name of options.wait ? sessions : []) {
    try {
      await untilGone(cli, client, name, options.timeout);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new SeveralErrors(errors);
}

const TYPES = ["sessions", "breakpoints"] as const;

function remove(
  client: Client,
  type: ResourceType,
  name: string,
): Promise<unknown> {
  return type === "breakpoints"
    ? client.deleteBreakpoint(name)
    : client.deleteSession(name);
}

async function all(
  client: Client,
  type: ResourceType,
  selector: Requirement[],
): Promise<string[]> {
  const { items } = await LISTS[type](client);
  return selected(items, selector).map(({ metadata }) => metadata.name);
}
