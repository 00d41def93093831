import { SESSION } from "../../docker/engine/labels.js";
import type { Rerouted } from "../links/interceptors.js";
import { API_VERSION, type Pause } from "../schema/index.js";
import type { PauseEntry } from "./pauses.js";

/** A pause as the API shows it; `rerouted`: its request as the interceptor knows it. */
export function pauseResource(
  entry: PauseEntry,
  rerouted: Rerouted | undefined,
): Pause {
  const { message } = entry;
  return {
    apiVersion: API_VERSION,
    kind: "Pause",
    metadata: {
      name: entry.name,
      creationTimestamp: entry.since.toISOString(),
      labels: { [SESSION]: entry.session },
    },
    status: {
      session: entry.session,
      reason: message.reason,
      location: {
        file: message.file,
        line: message.line,
        function: message.function,
      },
      thread: message.thread,
      pid: message.pid,
      request: requestOf(entry, rerouted),
      viewers: entry.terminal.viewers,
    },
  };
}

function requestOf(
  { message, clientGone }: PauseEntry,
  rerouted: Rerouted | undefined,
): Pause["status"]["request"] {
  if (!message.request) return undefined;
  const { method, path, client, since } = message.request;
  // The interceptor saw it first: it may have queued for the replica's worker.
  const came = rerouted?.since ?? since;
  return {
    method,
    path,
    client: client ?? rerouted?.client,
    ...(came ? { since: new Date(came).toISOString() } : {}),
    ...(clientGone ? { clientGone: true } : {}),
  };
}
