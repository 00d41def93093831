import type { Session } from "../sidecar/schema/session.js";
import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { isNotFound } from "./errors.js";
import { notRestored, sessionFailed, sessionGone } from "./session-errors.js";
import { poll } from "./poll.js";

/** Whether matched requests go to the session's replica. */
export function isReady({ status }: Session): boolean {
  return (
    status.phase === "Ready" ||
    status.phase === "Paused" ||
    hasCondition(status.conditions, "Ready", "True")
  );
}

/** Throws, with the reason and the last log lines, if the session failed. */
export function throwIfFailed({ metadata, status }: Session): void {
  if (status.phase !== "Failed") return;
  const reason =
    status.conditions.find(({ type }) => type === "Failed") ??
    status.conditions.find(
      ({ type, status: is }) => type === "Ready" && is !== "True",
    ) ??
    status.conditions.find(({ status: is }) => is === "False");
  throw sessionFailed(
    metadata.name,
    reason?.message ?? "no reason is known",
    status.log,
  );
}

/** Reads a session that should be there: it being gone is an error of its own. */
export async function readSession(
  client: Client,
  name: string,
): Promise<Session> {
  try {
    return await client.session(name);
  } catch (error) {
    throw isNotFound(error) ? sessionGone(name) : error;
  }
}

/** Waits until the session is ready; throws when it fails or goes. */
export async function untilReady(
  cli: Cli,
  client: Client,
  name: string,
  options: { saw(session: Session): void; signal?: AbortSignal },
): Promise<Session> {
  const ready = await poll(
    cli,
    client,
    async (reached) => {
      const session = await readSession(reached, name);
      options.saw(session);
      throwIfFailed(session);
      return isReady(session) ? session : undefined;
    },
    options.signal ? { signal: options.signal } : {},
  );
  return ready as Session; // without a timeout there is an answer
}

/** Waits until the session does not exist any more; throws after the timeout (ms). */
export async function untilGone(
  cli: Cli,
  client: Client,
  name: string,
  timeout = Infinity,
): Promise<void> {
  const gone = await poll(
    cli,
    client,
    (reached) => whenGone(() => reached.session(name)),
    { timeout },
  );
  if (!gone) throw notRestored(name, Math.round(timeout / 1000));
}

/** How long it may take to put everything back, in ms: the drain of kept connections is 30 s. */
const RESTORE_TIMEOUT_MS = 60_000;

/** Deletes a session, if it is still there, and waits until everything is back. */
export async function removeSession(
  cli: Cli,
  client: Client,
  name: string,
): Promise<void> {
  const gone = await poll(
    cli,
    client,
    async (reached) => {
      const session = await whenGone(() => reached.deleteSession(name));
      return session ?? "deleting";
    },
    { timeout: RESTORE_TIMEOUT_MS },
  );
  if (gone === "gone") return;
  await untilGone(cli, client, name, RESTORE_TIMEOUT_MS);
}

async function whenGone(
  read: () => Promise<unknown>,
): Promise<"gone" | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (isNotFound(error)) return "gone";
    throw error;
  }
}

function hasCondition(
  conditions: Session["status"]["conditions"],
  type: string,
  status: string,
): boolean {
  return conditions.some(
    (each) => each.type === type && each.status === status,
  );
}
