import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { attachTerminal, type TerminalEnd } from "./terminal.js";

/** Lends the user's terminal to the main one of a session's replica. */
export async function attachMain(
  cli: Cli,
  client: Client,
  session: string,
  { detachKeys, signal }: { detachKeys: Uint8Array; signal: AbortSignal },
): Promise<TerminalEnd> {
  let known: Client | undefined = client;
  const end = await attachTerminal(cli, {
    detachKeys,
    signal,
    gone: "the session is gone",
    async open(size, onOutput) {
      const reached = known ?? (await cli.connect());
      known = undefined;
      return reached.attachMain(session, size, onOutput);
    },
  });
  const said =
    end.kind === "ended"
      ? `(${end.message})`
      : `detached; the replica goes on: sidestep attach session/${session} --main`;
  cli.streams.err.write(`${said}\n`);
  return end;
}
