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
import { onlySession } from "../only-session.js";
import { formatName } from "../print/name.js";
import { formatData, parseOutput } from "../print/output.js";
import { parseNamesOf, parseType } from "../resources.js";

const FORMATS = ["name", "json", "yaml"] as const;

interface CreateOptions {
  /** Undefined: the only one. */
  session: string | undefined;
  breakpoint: BreakpointSpec;
  output: (typeof FORMATS)[number] | undefined;
}

interface CreateFlags {
  if?: string;
  log?: string;
  output?: string;
}

/** `sidestep create`: sets a breakpoint in a session that runs. */
export function createCommand(cli: Cli): Command {
  const command = new Command("create")
    .description(
      "Set a breakpoint in a running session: no edit of the app, no restart",
    )
    .argument(
      "[breakpoint...]",
      "breakpoint [session/NAME] FILE:LINE (default: the only session)",
    );
  expressionOptions(command)
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .action((words: string[], flags: CreateFlags) =>
      run(cli, complete(commandPath(command), words, flags)),
    );
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
  ]);
}

function complete(
  path: string,
  words: string[],
  flags: CreateFlags,
): CreateOptions {
  const [type, ...rest] = words;
  if (type === undefined) {
    throw usage(path, "say what to create: breakpoint FILE:LINE");
  }
  if (parseType(type) !== "breakpoints") {
    throw usage(
      path,
      `${path} makes breakpoints, not ${parseType(type)}; sidestep debug starts a session`,
    );
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
