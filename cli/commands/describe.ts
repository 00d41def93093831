import { Command } from "commander";
import type {
  Event,
  SeenRequest,
  Session,
} from "../../sidecar/schema/index.js";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors, notFound, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { readSelector, selected, selectorOption } from "../selector-flag.js";
import { describeBreakpoint } from "../print/describe-breakpoint.js";
import { describePause } from "../print/describe-pause.js";
import { describeRequest } from "../print/describe-request.js";
import { describeSession } from "../print/describe-session.js";
import { describeTarget } from "../print/describe-target.js";
import {
  RESOURCE_TYPES,
  listTypes,
  parseSelectionOf,
  singular,
  verbsOf,
  type ResourceType,
  type Selection,
} from "../resources.js";
import type { Requirement } from "../select/selector.js";

/** `sidestep describe`: everything about sessions, targets, pauses, requests or breakpoints, for people. */
export function describeCommand(cli: Cli): Command {
  const command = new Command("describe")
    .description(`Show everything about one or many ${listTypes("or", TYPES)}`)
    .argument(
      "[type/name...]",
      "TYPE [NAME or its beginning...], or TYPE/NAME...; a session, if only NAME",
    )
    .addOption(selectorOption())
    .action((words: string[], flags: { selector?: string }) => {
      const path = commandPath(command);
      if (words.length === 0) {
        const types = TYPES.map((type) => `${singular(type)} NAME`);
        throw usage(
          path,
          `You must specify what to describe: ${types.slice(0, -1).join(", ")} or ${types.at(-1)}.`,
        );
      }
      const selections = parseSelectionOf(path, TYPES, words);
      const selector = readSelector(path, flags.selector, selections);
      return run(cli, selections, selector);
    });
  return withExamples(command, [
    [
      "Conditions, replica, pauses, and the last log lines of one that failed",
      "sidestep describe session shop-x7k2p",
    ],
    ["All sessions", "sidestep describe sessions"],
    [
      "The sessions on a target, in the order in which they are asked",
      "sidestep describe target shop",
    ],
    [
      "Where it stands, and for whose request",
      "sidestep describe pause shop-1",
    ],
    [
      "Why a request was routed as it was",
      "sidestep describe request 3f9c2a1b-7",
    ],
    [
      "Where a breakpoint is, and why it does not stop",
      "sidestep describe breakpoint shop-x7k2p-b1",
    ],
  ]);
}

/** What a name alone is taken for comes first. */
const TYPES: [ResourceType, ...ResourceType[]] = [
  "sessions",
  ...RESOURCE_TYPES.filter(
    (type) => type !== "sessions" && verbsOf(type).includes("describe"),
  ),
];

async function run(
  cli: Cli,
  selections: Selection[],
  selector: Requirement[],
): Promise<void> {
  const { out, err } = cli.streams;
  const client = await cli.connect();
  const errors: unknown[] = [];
  const texts: string[] = [];
  const choose: Choose = ({ type, names }, items) =>
    names.length === 0
      ? selected(items, selector)
      : byNames(type, items, names, errors);
  for (const selection of selections) {
    const described = await describe(cli, client, selection, choose, errors);
    if (described.length === 0 && selection.names.length === 0) {
      err.write("No resources found.\n");
    }
    texts.push(...described);
  }
  out.write(texts.join("\n\n"));
  if (errors.length > 0) throw new SeveralErrors(errors);
}

type Named = { metadata: { name: string; labels?: Record<string, string> } };

/** Those of the objects that are meant. */
type Choose = <T extends Named>(of: Selection, items: T[]) => T[];

async function describe(
  cli: Cli,
  client: Client,
  selection: Selection,
  choose: Choose,
  errors: unknown[],
): Promise<string[]> {
  switch (selection.type) {
    case "breakpoints": {
      const { items } = await client.breakpoints();
      const chosen = choose(selection, items);
      return chosen.map((each) => describeBreakpoint(each, cli.now()));
    }
    case "pauses": {
      const { items } = await client.pauses();
      const chosen = choose(selection, items);
      return chosen.map((each) => describePause(each, cli.now()));
    }
    case "targets": {
      const { items } = await client.targets();
      const sessions = await client.sessions();
      const chosen = choose(selection, items);
      return chosen.map((each) =>
        describeTarget(each, sessions.items, cli.now()),
      );
    }
    case "sessions": {
      const { items } = await client.sessions();
      const texts: string[] = [];
      for (const session of choose(selection, items)) {
        const pauses = await client.pauses(session.metadata.name);
        const events = await eventsOf(client, session);
        texts.push(describeSession(session, pauses.items, cli.now(), events));
      }
      return texts;
    }
    case "requests": {
      const found = await requests(client, selection.names, errors);
      const chosen =
        selection.names.length > 0 ? found : choose(selection, found);
      return chosen.map((each) => describeRequest(each, cli.now()));
    }
    case "events":
      return []; // refused before: get tells all of them
  }
}

/** Requests by their names, also those that no session matched; without names, all that one did. */
async function requests(
  client: Client,
  names: string[],
  errors: unknown[],
): Promise<SeenRequest[]> {
  if (names.length === 0) return (await client.requests()).items;
  const found = names.map((name) =>
    client.request(name).catch((error: unknown) => void errors.push(error)),
  );
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

/** What happened to a session, and not to another one that had its name. */
async function eventsOf(client: Client, session: Session): Promise<Event[]> {
  const { name, creationTimestamp } = session.metadata;
  const { items } = await client.events({ for: `session/${name}` });
  const began = Date.parse(creationTimestamp);
  return items.filter(({ status }) => Date.parse(status.lastSeen) >= began);
}

/** Objects by name, or where none is named so, by how the name begins. */
function byNames<T extends Named>(
  plural: string,
  items: T[],
  names: string[],
  errors: unknown[],
): T[] {
  const chosen = names.flatMap((name) => {
    const exact = items.filter(({ metadata }) => metadata.name === name);
    if (exact.length > 0) return exact;
    const begun = items.filter(({ metadata }) =>
      metadata.name.startsWith(name),
    );
    if (begun.length === 0) errors.push(notFound(plural, name));
    return begun;
  });
  return [...new Set(chosen)];
}
