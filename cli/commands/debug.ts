import { IDLE_TIMEOUT, NEVER } from "../../sidecar/schema/constants.js";
import { Command } from "commander";
import type { NewSession, SessionSpec } from "../../sidecar/schema/session.js";
import type { BreakpointSpec } from "../../sidecar/schema/breakpoint.js";
import {
  parseProbes,
  ProbeSyntaxError,
} from "../../sidecar/schema/probe-text.js";
import { breakpointOptions } from "../breakpoint-flags.js";
import { reportBreakpoints } from "../breakpoint-state.js";
import { canAsk } from "../ask.js";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { debugAttached } from "../debug-attached.js";
import { badFlag, usage } from "../errors.js";
import {
  collect,
  commandPath,
  detachKeysOption,
  onByDefault,
  readChoice,
  readDetachKeys,
  readInteger,
  splitAtDashes,
  withExamples,
} from "../flags.js";
import { labelsOption, readLabels } from "../labels-flag.js";
import { howToMatch, parseMatch } from "../match.js";
import { connectWhenUp } from "../poll.js";
import { formatName } from "../print/name.js";
import { formatData, parseOutput } from "../print/output.js";
import { printable } from "../../sidecar/schema/printable.js";
import { showProgress, warnings } from "../progress.js";
import { findType } from "../resources.js";
import { untilReady } from "../session-state.js";

const FORMATS = ["name", "json", "yaml"] as const;

interface DebugOptions {
  session: NewSession;
  mode: "dry-run" | "attach" | "create";
  rm: boolean;
  wait: boolean;
  output: (typeof FORMATS)[number] | undefined;
  detachKeys: Uint8Array;
}

interface DebugFlags {
  match?: string[];
  name?: string;
  labels?: string;
  port?: string;
  priority?: string;
  env?: string[];
  original?: string;
  whenPaused?: string;
  maxWait?: string;
  probe?: string[];
  cutIdle: boolean;
  onException?: string;
  concurrency?: string;
  ttl?: string;
  idleTimeout?: string;
  maxPause?: string;
  onMaxPause?: string;
  allowProduction?: string;
  attach?: boolean;
  rm?: boolean;
  wait: boolean;
  dryRun?: boolean;
  output?: string;
  detachKeys: string;
}

/** `sidestep debug`: starts a session on a target. */
export function debugCommand(cli: Cli): Command {
  const command = new Command("debug")
    .description(
      "Debug a target: reroute the requests that match to a debug replica of it",
    )
    .argument(
      "[target]",
      "service, project/service or container (sidestep get targets); without it, on a terminal, you are asked",
    )
    .argument(
      "[command...]",
      "after --: the replica's command, instead of the target's",
    )
    .option(
      "--match <condition>",
      "only requests with header:N=V, cookie:N=V, query:N=V, baggage:K=V, path=GLOB, method=M or client=CIDR; given several times, all must hold",
      collect,
    );
  const breakpoints = breakpointOptions(command);
  command
    .option(
      "--name <name>",
      "name of the session (default: made from the target's)",
    )
    .addOption(labelsOption())
    .option(
      "--port <port>",
      "TCP port of the app (default: the target's only one)",
    )
    .option(
      "--priority <number>",
      "of several sessions that a request matches, the one with the highest takes it (default: 0)",
    )
    .option(
      "--env <name=value>",
      "set in the replica; may be given several times",
      collect,
    )
    .option(
      "--original <mode>",
      "keep the original running, or pause it (default: keep)",
    )
    .option(
      "--when-paused <mode>",
      "what other matched requests do while one is paused: queue, original or reject (default: queue)",
    )
    .option(
      "--max-wait <duration>",
      "how long a matched request waits while another is paused, until it gets a 504 (default: as long as it takes)",
    )
    .option(
      "--probe <glob>",
      "path=GLOB or agent=GLOB: also a health probe, which the original answers while the replica is paused; may be given several times",
      collect,
    )
    .option(
      "--on-exception <mode>",
      "what an unhandled exception opens: browser (Werkzeug's debugger), terminal (post-mortem pdb) or none (default: browser)",
    )
    .option(
      "--concurrency <mode>",
      "requests in the replica one at a time, or each in a thread: sync or threads (default: sync)",
    )
    .option("--ttl <duration>", "end by itself after this time, such as 1h")
    .option(
      "--idle-timeout <duration>",
      `end by itself when nobody has used it for so long, or never (default: ${IDLE_TIMEOUT})`,
    )
    .option(
      "--max-pause <duration>",
      "how long a pause may last (default: as long as it takes)",
    )
    .option(
      "--on-max-pause <action>",
      "what happens to one that lasts longer: continue, or keep, which only tells of it (default: continue)",
    )
    .option(
      "--allow-production <name>",
      "the target's name again, where it says that it is production and is meant all the same",
    )
    .option("--attach", "stay, and attach to each pause as it comes")
    .option("--rm", "with --attach: end the session on detach or Ctrl-C")
    .addOption(detachKeysOption());
  onByDefault(
    command,
    "cut-idle",
    "close idle connections to the app that are older than the session",
  );
  onByDefault(command, "wait", "wait until requests are rerouted")
    .option("--dry-run", "only print what would be done, and why")
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .action(
      async (
        target: string | undefined,
        _words: string[],
        flags: DebugFlags,
      ) => {
        // Nobody is asked by a script; that fails with the usage.
        const asks = target === undefined && canAsk(cli);
        const answers = asks ? await ask(cli, flags) : undefined;
        const given = answers ? { ...flags, ...answers.flags } : flags;
        const options = complete(command, given, breakpoints, answers?.target);
        return run(cli, options);
      },
    );
  return withExamples(command, [
    [
      "Debug alice's requests here and now; Ctrl-C puts everything back",
      "sidestep debug shop --match header:x-debug=alice --attach --rm",
    ],
    [
      "Only some paths, and end by itself after an hour",
      "sidestep debug shop --match 'path=/orders/*' --match method=POST --ttl 1h",
    ],
    [
      "Pause at a line, if a condition holds there; log another, never pausing",
      "sidestep debug shop -b shop/views.py:42 --if 'order.total < 0' -b shop/views.py:31 --log 'item {item}'",
    ],
    [
      "Beside another session whose match overlaps: say which goes first",
      "sidestep debug shop --match 'path=/orders/*' --priority 10",
    ],
    [
      "Nobody waits longer than half a minute while one is paused; a probe of its own stays healthy",
      "sidestep debug shop --max-wait 30s --probe path=/alive --probe 'agent=my-lb/*'",
    ],
    ["See what it would do", "sidestep debug shop --dry-run"],
    [
      "With another command and setting in the replica",
      "sidestep debug shop --env DEBUG=1 -- python manage.py runserver 0.0.0.0:8000",
    ],
  ]);
}

/** Asks for what the command line does not say. */
async function ask(
  cli: Cli,
  { match, attach, dryRun, output, wait }: DebugFlags,
): Promise<{ target: string; flags: Partial<DebugFlags> }> {
  const { askDebug } = await import("../ask-debug.js");
  // Who wants a plan, or data, does not want to stay.
  const stays = dryRun || output !== undefined || !wait ? false : attach;
  const answers = await askDebug(cli, { match, attach: stays });
  const flags: Partial<DebugFlags> = {};
  if (answers.match.length > 0) flags.match = answers.match;
  if (answers.attach && !attach)
    Object.assign(flags, { attach: true, rm: true });
  return { target: answers.target, flags };
}

function complete(
  command: Command,
  flags: DebugFlags,
  breakpoints: BreakpointSpec[],
  answered?: string,
): DebugOptions {
  const path = commandPath(command);
  const { before, after } = splitAtDashes(command, command.args);
  const [target = answered, ...others] = before;
  if (!target) {
    throw usage(
      path,
      "name the target to debug (sidestep get targets lists them)",
    );
  }
  if (others.length > 0) {
    throw usage(
      path,
      `unexpected arguments: ${others.join(" ")}; a command for the replica goes after --`,
    );
  }
  if (after?.length === 0) throw usage(path, "there is no command after --");
  if (flags.rm && !flags.attach) {
    throw usage(path, "--rm should only be used with --attach");
  }
  const output = parseOutput(flags.output, FORMATS);
  if (output && flags.attach) {
    throw usage(path, "--output cannot be used with --attach");
  }
  const metadata = {
    ...(flags.name !== undefined && { name: flags.name }),
    ...(flags.labels && { labels: readLabels(path, flags.labels) }),
  };
  return {
    session: {
      ...(Object.keys(metadata).length > 0 && { metadata }),
      spec: {
        ...readSpec(path, target, after, flags),
        ...(breakpoints.length > 0 && { breakpoints }),
      },
    },
    mode: flags.dryRun ? "dry-run" : flags.attach ? "attach" : "create",
    rm: flags.rm ?? false,
    wait: flags.wait,
    output,
    detachKeys: readDetachKeys(path, flags.detachKeys),
  };
}

function readSpec(
  path: string,
  target: string,
  command: string[] | undefined,
  flags: DebugFlags,
): SessionSpec {
  const { port, priority, env, match, ttl, maxWait, probe } = flags;
  const { idleTimeout, maxPause, onMaxPause } = flags;
  return {
    target: withoutType(target),
    whenPaused: readChoice(path, "--when-paused", flags.whenPaused ?? "queue", [
      "queue",
      "original",
      "reject",
    ]),
    original: readChoice(path, "--original", flags.original ?? "keep", [
      "keep",
      "pause",
    ]),
    onException: readChoice(
      path,
      "--on-exception",
      flags.onException ?? "browser",
      ["browser", "terminal", "none"],
    ),
    concurrency: readChoice(
      path,
      "--concurrency",
      flags.concurrency ?? "sync",
      ["sync", "threads"],
    ),
    ...(port !== undefined && {
      port: readInteger(path, "--port", port, [1, 65_535]),
    }),
    ...(priority !== undefined && {
      priority: readInteger(path, "--priority", priority, [-1000, 1000]),
    }),
    ...(match && { match: [parseMatch(path, match)] }),
    ...(env && { env: readEnvironment(path, env) }),
    ...(command && { command }),
    ...(ttl !== undefined && { ttl: readSpecDuration(path, "--ttl", ttl) }),
    ...(idleTimeout !== undefined && {
      idleTimeout: readSpecDuration(path, "--idle-timeout", idleTimeout, NEVER),
    }),
    ...(maxPause !== undefined && {
      maxPause: readSpecDuration(path, "--max-pause", maxPause),
    }),
    ...(onMaxPause !== undefined && {
      onMaxPause: readChoice<"continue" | "keep">(
        path,
        "--on-max-pause",
        onMaxPause,
        ["continue", "keep"],
      ),
    }),
    ...(flags.allowProduction !== undefined && {
      allowProduction: withoutType(flags.allowProduction),
    }),
    ...(maxWait !== undefined && {
      maxWait: readSpecDuration(path, "--max-wait", maxWait),
    }),
    ...(probe && { probes: readProbes(path, probe) }),
    ...(!flags.cutIdle && { cutIdle: false }),
  };
}

/** `target/shop`, as `get -o name` prints it, is `shop`. */
function withoutType(target: string): string {
  const slash = target.indexOf("/");
  const typed = slash > 0 && findType(target.slice(0, slash)) === "targets";
  return typed ? target.slice(slash + 1) : target;
}

function readEnvironment(
  path: string,
  flags: string[],
): Record<string, string> {
  return Object.fromEntries(
    flags.map((flag) => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(flag) ?? [];
      if (name === undefined || value === undefined) {
        throw badFlag(path, "--env", flag, "must be NAME=VALUE");
      }
      return [name, value];
    }),
  );
}

/** A `Duration` of the schema, which has one unit only, or a word that stands for one. */
function readSpecDuration(
  path: string,
  flag: string,
  value: string,
  word?: string,
): string {
  if (/^[1-9]\d*[smhd]$/.test(value) || value === word) return value;
  const accepted = "must be a number and a unit, such as 30s, 5m, 1h";
  const or = word === undefined ? "" : `, or ${word}`;
  throw badFlag(path, flag, value, accepted + or);
}

function readProbes(path: string, flags: string[]): SessionSpec["probes"] {
  try {
    return parseProbes(flags);
  } catch (error) {
    if (!(error instanceof ProbeSyntaxError)) throw error;
    throw badFlag(path, "--probe", error.item, error.accepted);
  }
}

async function run(cli: Cli, options: DebugOptions): Promise<void> {
  const client = await connectWhenUp(cli);
  switch (options.mode) {
    case "dry-run":
      return printPlan(cli, client, options);
    case "attach":
      return debugAttached(cli, client, options);
    case "create":
      return create(cli, client, options);
  }
}

async function printPlan(
  cli: Cli,
  client: Client,
  { session, output }: DebugOptions,
): Promise<void> {
  const planned = await client.planSession(session);
  const name = formatName("sessions", planned.session.metadata.name);
  const { out, err } = cli.streams;
  if (output === "name") out.write(`${name}\n`);
  else if (output) out.write(await formatData(output, planned.session));
  else {
    out.write(planned.plan.replace(/\n?$/, "\n"));
    for (const line of planned.session.status.conditions.flatMap(warnings)) {
      err.write(`${printable(line)}\n`);
    }
    err.write(`${name} created (dry run)\n`);
  }
}

async function create(
  cli: Cli,
  client: Client,
  { session, output, wait }: DebugOptions,
): Promise<void> {
  const { out, err } = cli.streams;
  let made = await client.createSession(session);
  const { name } = made.metadata;
  if (wait) {
    made = await untilReady(cli, client, name, showProgress(cli));
    if (made.spec.breakpoints) await reportBreakpoints(cli, client, name);
  }
  const typed = formatName("sessions", name);
  if (output === "json" || output === "yaml") {
    out.write(await formatData(output, made));
  } else {
    out.write(output === "name" ? `${typed}\n` : `${typed} created\n`);
  }
  err.write(`${printable(howToMatch(made.spec.match))}\n`);
  err.write(`attach to what it pauses with: sidestep attach ${typed}\n`);
  if (made.status.pin) {
    const { pin } = made.status;
    err.write(
      `exceptions open a debugger in the browser, with the PIN ${pin}\n`,
    );
  }
}
