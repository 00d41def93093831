import type { Breakpoint } from "../sidecar/schema/breakpoint.js";
import { NOT_TOLD_YET } from "../sidecar/schema/constants.js";
import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { isNotFound } from "./errors.js";
import { poll } from "./poll.js";
import { breakpointState } from "./print/describe-breakpoint.js";
import { formatName } from "./print/name.js";
import { printable } from "../sidecar/schema/printable.js";

/** How long a replica may take to find the place of a breakpoint, in ms. */
const SETTLE_MS = 1_500;

/** Waits a moment for breakpoints to be found, and says how each stands on the error stream. */
export async function reportBreakpoints(
  cli: Cli,
  client: Client,
  session: string,
  which: (breakpoint: Breakpoint) => boolean = () => true,
): Promise<void> {
  let last: Breakpoint[] = [];
  const settled = (list: Breakpoint[]) =>
    list.every(({ status }) => status.message !== NOT_TOLD_YET);
  await poll(
    cli,
    client,
    async (reached) => {
      const { items } = await reached.breakpoints(session);
      last = items.filter(which);
      return settled(last) ? last : undefined;
    },
    { timeout: SETTLE_MS },
  ).catch((error: unknown) => {
    // It was deleted meanwhile: what was asked for has been done.
    if (!isNotFound(error)) throw error;
  });
  for (const breakpoint of last) {
    const name = formatName("breakpoints", breakpoint.metadata.name);
    cli.streams.err.write(
      `${printable(`${name} ${breakpointState(breakpoint)}`)}\n`,
    );
  }
}
