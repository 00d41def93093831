import { Command } from "commander";
import type { Cli } from "../cli.js";
import { interrupted, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { forwardPorts, type PortPair } from "../forward-ports.js";
import { onlySession } from "../only-session.js";
import { parseNamesOf } from "../resources.js";
import type { SignalName } from "../signals.js";

interface ForwardOptions {
  /** Undefined: the only one. */
  session: string | undefined;
  ports: PortPair[];
  addresses: string[];
}

/** `sidestep port-forward`: ports of this machine that lead to a session's replica. */
export function portForwardCommand(cli: Cli): Command {
  const command = new Command("port-forward")
    .description(
      "Forward ports of this machine to a session's replica, past every match,\non whatever network it is; ends with Ctrl-C",
    )
    .argument(
      "[words...]",
      "[session/NAME] [LOCAL:]PORT... (default: the only session); :PORT picks a local port",
    )
    .option(
      "--address <addresses>",
      "where to listen, separated by commas",
      "localhost",
    )
    .action((words: string[], flags: { address: string }) =>
      run(cli, complete(commandPath(command), words, flags)),
    );
  return withExamples(command, [
    [
      "The replica's port 8000 on port 8080 here",
      "sidestep port-forward session/shop-x7k2p 8080:8000",
    ],
    [
      "Two ports of the only session's replica, one of them on any that is free",
      "sidestep port-forward 8000 :5678",
    ],
  ]);
}

const PAIR = /^(?:(\d*):)?(\d+)$/;

function complete(
  path: string,
  words: string[],
  flags: { address: string },
): ForwardOptions {
  const ports = words.filter((word) => PAIR.test(word));
  const names = words.filter((word) => !PAIR.test(word));
  if (ports.length === 0) {
    throw usage(
      path,
      "name at least one port: [LOCAL:]PORT, such as 8080:8000",
    );
  }
  const wrong = names.find((name) => name.includes(":"));
  if (wrong !== undefined) {
    throw usage(path, `"${wrong}" is no port: [LOCAL:]PORT, such as 8080:8000`);
  }
  const sessions = parseNamesOf(path, "sessions", names);
  if (sessions.length > 1) throw usage(path, "only one session at a time");
  return {
    session: sessions[0],
    ports: ports.map((word) => readPair(path, word)),
    addresses: flags.address
      .split(",")
      .flatMap((each) =>
        each === "localhost" ? ["127.0.0.1", "::1"] : [each],
      ),
  };
}

function readPair(path: string, word: string): PortPair {
  const [, before, port = ""] = PAIR.exec(word) ?? [];
  const remote = Number(port);
  // ":8000" picks one; "8000" is the same here and there.
  const local = before === undefined ? remote : Number(before);
  if (remote < 1 || remote > 65535 || local > 65535) {
    throw usage(path, `"${word}" is no port: they are from 1 to 65535`);
  }
  return { local, remote };
}

async function run(cli: Cli, options: ForwardOptions): Promise<void> {
  const hold = cli.signals.hold();
  try {
    const client = await cli.connect();
    const session =
      options.session ?? (await onlySession(client, "port-forward"));
    await forwardPorts(cli, client, {
      ...options,
      session,
      signal: hold.signal,
    });
  } finally {
    hold.release();
  }
  throw interrupted(hold.signal.reason as SignalName);
}
