import { Command } from "commander";
import type { BreakpointSpec } from "../../sidecar/schema/breakpoint.js";
import {
  expressionOptions,
  readExpression,
  readLocation,
} from "../breakpoint-flags.js";
import { reportBreakpoints } from "../breakpoint-state.js";
import type { Cli } from "../cli.js";
import { usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import {
  dryRunOption,
  fileOptions,
  readDryRun,
  readFiles,
  type FileFlags,
} from "../manifest/flags.js";
import type { ManifestOptions } from "../manifest/run-manifests.js";
import { onlySession } from "../only-session.js";
import { formatName } from "../print/name.js";
import { formatData, parseOutput } from "../print/output.js";
import { parseNamesOf, parseType } from "../resources.js";

const FORMATS = ["name", "json", "yaml"] as const;

type Format = (typeof FORMATS)[number];

interface CreateOptions {
  /** Undefined: the only one. */
  session: string | undefined;
  breakpoint: BreakpointSpec;
  output: Format | undefined;
}

interface CreateFlags extends FileFlags {
  dryRun: string;
  if?: string;
  log?: string;
  output?: string;
}

/** `sidestep create`: sets a breakpoint in a session that runs, or makes what files say. */
export function createCommand(cli: Cli): Command {
  const command = new Command("create")
    .description(
      "Set a breakpoint in a running session: no edit of the app, no restart;\nor create the sessions and breakpoints of files",
    )
    .argument(
      "[breakpoint...]",
      "breakpoint [session/NAME] FILE:LINE (default: the only session)",
    );
  dryRunOption(fileOptions(expressionOptions(command), "what to create"))
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .action((words: string[], flags: CreateFlags) => {
      const path = commandPath(command);
      return flags.filename
        ? createFromFiles(cli, {
            files: readFiles(path, words, flags),
            dryRun: readDryRun(path, flags.dryRun),
            output: parseOutput(flags.output, FORMATS),
          })
        : run(cli, complete(path, words, flags));
    });
  return withExamples(command, [
    [
      "Pause where a total is negative",
      "sidestep create breakpoint shop/views.py:42 --if 'order.total < 0'",
    ],
    [
      "Do not pause: print a line to the session's log each time",
      "sidestep create breakpoint shop/views.py:42 --log 'total={order.total}'",
    ],
    [
      "In one of several sessions",
      "sidestep create bp session/shop-x7k2p shop/views.py:42",
    ],
    ["What a file says", "sidestep create -f session.yaml"],
  ]);
}

function complete(
  path: string,
  words: string[],
  flags: CreateFlags,
): CreateOptions {
  const [type, ...rest] = words;
  if (type === undefined) {
    throw usage(path, "say what to create: breakpoint FILE:LINE, or -f FILE");
  }
  if (parseType(type) !== "breakpoints") {
    throw usage(
      path,
      `${path} makes breakpoints, not ${parseType(type)}; sidestep debug starts a session`,
    );
  }
  if (flags.dryRun !== "none") {
    throw usage(path, "--dry-run should only be used with -f");
  }
  const location = rest.pop();
  if (location === undefined || rest.length > 1) {
    throw usage(path, "give one place: breakpoint [session/NAME] FILE:LINE");
  }
  return {
    session: parseNamesOf(path, "sessions", rest)[0],
    breakpoint: {
      at: readLocation(path, "FILE:LINE", location),
      ...(flags.if !== undefined && {
        if: readExpression(path, "if", flags.if),
      }),
      ...(flags.log !== undefined && {
        log: readExpression(path, "log", flags.log),
      }),
    },
    output: parseOutput(flags.output, FORMATS),
  };
}

async function createFromFiles(
  cli: Cli,
  options: ManifestOptions,
): Promise<void> {
  const { runManifests } = await import("../manifest/run-manifests.js");
  const { createObject } = await import("../manifest/live.js");
  await runManifests(cli, "create", options, createObject);
}

async function run(cli: Cli, options: CreateOptions): Promise<void> {
  const client = await cli.connect();
  const session = options.session ?? (await onlySession(client, "create bp"));
  const spec = { session, ...options.breakpoint };
  const made = await client.createBreakpoint({ spec });
  const { name } = made.metadata;
  const typed = formatName("breakpoints", name);
  const { out } = cli.streams;
  if (options.output === "json" || options.output === "yaml") {
    out.write(await formatData(options.output, made));
  } else {
    out.write(options.output === "name" ? `${typed}\n` : `${typed} created\n`);
  }
  await reportBreakpoints(
    cli,
    client,
    session,
    ({ metadata }) => metadata.name === name,
  );
}
