import type { NewSession, Session } from "../sidecar/schema/session.js";
import { reportBreakpoints } from "./breakpoint-state.js";
import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { UserError, interrupted } from "./errors.js";
import { isTransient } from "./server-errors.js";
import { followPauses } from "./follow-pauses.js";
import { howToMatch } from "./match.js";
import { printable } from "../sidecar/schema/printable.js";
import { showProgress } from "./progress.js";
import { removeSession, untilReady } from "./session-state.js";
import type { SignalName } from "./signals.js";

/** How to stay with a session. */
export interface DebugAttachedOptions {
  session: NewSession;
  /** End the session when leaving, for whatever reason. */
  rm: boolean;
  detachKeys: Uint8Array;
}

/**
 * Starts a session and attaches to each pause as it comes, until the user
 * detaches, is done by Ctrl-C, or the session ends. With `rm`, nothing is left
 * behind then.
 */
export async function debugAttached(
  cli: Cli,
  client: Client,
  options: DebugAttachedOptions,
): Promise<void> {
  let name: string | undefined;
  // From before there is a session: a signal during its creation must not
  // leave it behind.
  const hold = cli.signals.hold(() => {
    if (name) cli.streams.err.write(`left behind: session/${name}\n`);
  });
  let failure: Error | undefined;
  try {
    const session = await client.createSession(options.session);
    name = session.metadata.name;
    await stay(cli, client, session, { ...options, signal: hold.signal });
  } catch (error) {
    failure = hold.signal.aborted
      ? interrupted(hold.signal.reason as SignalName)
      : (error as Error);
  }
  try {
    if (name) await leave(cli, client, name, options.rm, failure);
  } finally {
    hold.release();
  }
  if (failure) throw failure;
}

/** Attaches to one pause after the other; returns when the user detaches. */
async function stay(
  cli: Cli,
  client: Client,
  { metadata: { name }, spec }: Session,
  { rm, detachKeys, signal }: DebugAttachedOptions & { signal: AbortSignal },
): Promise<void> {
  const { err } = cli.streams;
  await untilReady(cli, client, name, { ...showProgress(cli), signal });
  if (spec.breakpoints) await reportBreakpoints(cli, client, name);
  err.write(`${printable(howToMatch(spec.match))}\n`);
  await followPauses(cli, client, name, "waiting for a pause; Ctrl-C ends", {
    detachKeys,
    signal,
    ...(rm && { onLeft: "detached" }),
  });
}

/** Ends the session, or says that it goes on. */
async function leave(
  cli: Cli,
  client: Client,
  name: string,
  rm: boolean,
  failure: unknown,
): Promise<void> {
  const { err } = cli.streams;
  if (failure instanceof UserError && failure.code === "SessionGone") return;
  if (!rm) {
    err.write(
      `session/${name} goes on: sidestep attach session/${name}, or sidestep delete session ${name}\n`,
    );
    return;
  }
  err.write(`deleting session/${name}\n`);
  try {
    await removeSession(cli, client, name);
    err.write("everything is back: requests go to the original\n");
  } catch (error) {
    if (!isTransient(error)) throw error;
    err.write(
      "the sidecar is away: without it, requests go to the original by themselves\n",
    );
    throw error;
  }
}
