import { Command } from "commander";
import type { Session } from "../../sidecar/schema/session.js";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { badFlag, isNotFound, usage } from "../errors.js";
import { timedOut } from "../session-errors.js";
import { commandPath, readDuration, withExamples } from "../flags.js";
import { formatName } from "../print/name.js";
import { parseSelection, type ResourceType } from "../resources.js";
import { connectWhenUp, poll } from "../poll.js";
import { throwIfFailed } from "../session-state.js";

/** What is waited for: that it is there or gone, or that a condition has a status. */
type For =
  | { kind: "create" }
  | { kind: "delete" }
  | { kind: "condition"; type: string; status: string };

interface WaitOptions {
  objects: { type: ResourceType; name: string }[];
  for: For;
  /** Milliseconds for each object. */
  timeout: number;
}

const WEEK_MS = 7 * 86_400_000;

/** `sidestep wait`: until a session has a condition, or is gone. */
export function waitCommand(cli: Cli): Command {
  const command = new Command("wait")
    .description(
      "Wait until a session has a condition, or until something is there, or gone",
    )
    .argument(
      "[session/name...]",
      "session/NAME...; with --for=create and --for=delete also pause/NAME..., breakpoint/NAME...",
    )
    .option(
      "--for <condition>",
      "condition=TYPE[=STATUS], such as condition=Ready or condition=Paused; create; or delete",
    )
    .option(
      "--timeout <duration>",
      "how long; 0: look once; below 0: a week",
      "30s",
    )
    .action((words: string[], flags: { for?: string; timeout: string }) =>
      run(cli, complete(commandPath(command), words, flags)),
    );
  return withExamples(command, [
    [
      "Until matched requests go to the replica",
      "sidestep wait session/shop-x7k2p --for=condition=Ready",
    ],
    [
      "Until one of them is paused",
      "sidestep wait session/shop-x7k2p --for=condition=Paused --timeout=60s",
    ],
    [
      "Until a colleague has made a session",
      "sidestep wait session/shop-x7k2p --for=create --timeout=5m",
    ],
    [
      "Until everything is as before",
      "sidestep wait session/shop-x7k2p --for=delete",
    ],
  ]);
}

function complete(
  path: string,
  words: string[],
  flags: { for?: string; timeout: string },
): WaitOptions {
  const objects = parseSelection(path, words).flatMap(({ type, names }) =>
    names.map((name) => ({ type, name })),
  );
  if (objects.length === 0) {
    throw usage(path, "name what to wait for, such as session/NAME");
  }
  const wanted = readFor(path, flags.for);
  const unfit = objects.find(
    ({ type }) =>
      !(type in READ) || (type !== "sessions" && wanted.kind === "condition"),
  );
  if (unfit) {
    throw usage(path, `${path} cannot wait for ${flags.for} of ${unfit.type}`);
  }
  const timeout = readDuration(path, "--timeout", flags.timeout);
  return { objects, for: wanted, timeout: timeout < 0 ? WEEK_MS : timeout };
}

function readFor(path: string, value: string | undefined): For {
  const accepted =
    "must be condition=TYPE, condition=TYPE=STATUS, create or delete";
  if (value === undefined) throw usage(path, `--for is required: ${accepted}`);
  const word = value.toLowerCase();
  if (word === "create" || word === "delete") return { kind: word };
  const [, type, status] = /^condition=([^=]+)(?:=(.+))?$/.exec(value) ?? [];
  if (!type) throw badFlag(path, "--for", value, accepted);
  return { kind: "condition", type, status: status ?? "True" };
}

async function run(cli: Cli, options: WaitOptions): Promise<void> {
  const client = await connectWhenUp(cli);
  for (const { type, name } of options.objects) {
    const wanted = options.for;
    const met = await poll(
      cli,
      client,
      async (reached) =>
        wanted.kind === "condition"
          ? hasCondition(await reached.session(name), wanted)
          : (await isThere(reached, type, name)) === (wanted.kind === "create")
            ? true
            : undefined,
      { timeout: options.timeout },
    );
    if (!met) throw timedOut(type, name);
    cli.streams.out.write(`${formatName(type, name)} condition met\n`);
  }
}

const READ: Partial<
  Record<ResourceType, (client: Client, name: string) => Promise<unknown>>
> = {
  sessions: (client, name) => client.session(name),
  pauses: (client, name) => client.pause(name),
  breakpoints: (client, name) => client.breakpoint(name),
};

async function isThere(
  client: Client,
  type: ResourceType,
  name: string,
): Promise<boolean> {
  try {
    await READ[type]?.(client, name);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * Whether the session has the condition. What is not among the conditions but
 * is a phase, such as Paused, counts as one. A session that failed will not
 * become ready by waiting: that is thrown.
 */
function hasCondition(
  session: Session,
  wanted: { type: string; status: string },
): true | undefined {
  const same = (one: string, other: string) =>
    one.toLowerCase() === other.toLowerCase();
  const { status } = session;
  const condition = status.conditions.find(({ type }) =>
    same(type, wanted.type),
  );
  const byPhase =
    same(status.phase, wanted.type) ||
    (same("Paused", wanted.type) && status.pauses > 0);
  const is = condition?.status ?? (byPhase ? "True" : "False");
  if (same(is, wanted.status)) return true;
  throwIfFailed(session);
  return undefined;
}
