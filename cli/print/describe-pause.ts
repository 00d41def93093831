import type { Pause } from "../../sidecar/schema/pause.js";
import { formatAge } from "./age.js";
import { pausedRequest } from "./columns.js";
import { location } from "./location.js";
import { block, field } from "./sections.js";

/** Everything about a pause, for people. */
export function describePause(pause: Pause, now: number): string {
  const { metadata, status } = pause;
  return [
    field("Name", metadata.name),
    field("Session", status.session),
    field("Reason", status.reason),
    field(
      "Since",
      `${metadata.creationTimestamp} (${formatAge(metadata.creationTimestamp, now)} ago)`,
    ),
    field("Location", `${location(pause)} in ${status.location.function}`),
    field("Thread", `${status.thread} of process ${status.pid}`),
    request(pause, now),
    field("Viewers", status.viewers),
    field("Attach", `sidestep attach pause/${metadata.name}`),
    field("Continue", `sidestep continue pause/${metadata.name}`),
  ].join("");
}

function request(pause: Pause, now: number): string {
  const { request } = pause.status;
  if (!request) return field("Request", undefined);
  const { since, client, clientGone } = request;
  return block(
    "Request",
    field("Line", pausedRequest(pause)) +
      field(
        "Client",
        clientGone
          ? `${client ?? "<unknown>"}, which has gone: nobody waits for the answer`
          : client,
      ) +
      field("Waiting", since && `${formatAge(since, now)}, since ${since}`),
  );
}
