import type {
  Breakpoint,
  Event,
  Pause,
  SeenRequest,
  Session,
  Target,
} from "../../sidecar/schema/index.js";
import { formatMatch } from "../../sidecar/schema/match-text.js";
import type { ResourceType } from "../resources.js";
import { formatAge } from "./age.js";
import { breakpointLocation } from "./describe-breakpoint.js";
import { location, shortLocation } from "./location.js";
import { requestColumns } from "./request-columns.js";
import type { Column } from "./table.js";

/** Any object the API lists. */
export type Resource =
  Target | Session | Pause | SeenRequest | Breakpoint | Event;

/** The objects by their type. */
export interface ResourceOf {
  targets: Target;
  sessions: Session;
  pauses: Pause;
  requests: SeenRequest;
  breakpoints: Breakpoint;
  events: Event;
}

type Columns = {
  [T in ResourceType]: (now: number, wide: boolean) => Column<ResourceOf[T]>[];
};

/** The columns of each type's table, in kubectl's manner. */
export const COLUMNS: Columns = {
  targets: (now, wide) => [
    { heading: "NAME", cell: (target) => target.metadata.name },
    { heading: "IMAGE", cell: (target) => target.status.image },
    { heading: "PORTS", cell: (target) => target.status.ports.join(",") },
    { heading: "STATE", cell: (target) => target.status.state },
    { heading: "SESSIONS", cell: (target) => target.status.sessions.join(",") },
    age(now),
    ...onlyIf<Target>(wide, [
      {
        heading: "CONTAINERS",
        cell: (target) => target.status.containers.join(","),
      },
      { heading: "PROBLEM", cell: (target) => target.status.problem },
    ]),
  ],
  sessions: (now, wide) => [
    { heading: "NAME", cell: (session) => session.metadata.name },
    { heading: "TARGET", cell: (session) => session.spec.target },
    { heading: "MATCH", cell: (session) => formatMatch(session.spec.match) },
    { heading: "PHASE", cell: (session) => session.status.phase },
    { heading: "PAUSES", cell: (session) => session.status.pauses },
    { heading: "REQUESTS", cell: (session) => requests(session) },
    age(now),
    ...onlyIf<Session>(wide, [
      {
        heading: "REPLICA",
        cell: (session) => session.status.replica?.container,
      },
      {
        heading: "RUNTIME",
        cell: (session) => session.status.replica?.runtime,
      },
      { heading: "SERVER", cell: (session) => session.status.replica?.server },
      { heading: "PIN", cell: (session) => session.status.pin },
      {
        heading: "CONTAINERS",
        cell: (session) => session.status.targets.join(","),
      },
      {
        heading: "OLD-CONNS",
        cell: (session) => session.status.oldConnections,
      },
    ]),
  ],
  pauses: (now, wide) => [
    { heading: "NAME", cell: (pause) => pause.metadata.name },
    { heading: "SESSION", cell: (pause) => pause.status.session },
    {
      heading: "LOCATION",
      cell: (pause) => (wide ? location(pause) : shortLocation(pause)),
    },
    { heading: "REQUEST", cell: (pause) => markedRequest(pause) },
    age(now),
    ...onlyIf<Pause>(wide, [
      { heading: "CLIENT", cell: (pause) => pause.status.request?.client },
      { heading: "WAITING", cell: (pause) => waiting(pause, now) },
      { heading: "FUNCTION", cell: (pause) => pause.status.location.function },
      { heading: "THREAD", cell: (pause) => pause.status.thread },
      { heading: "VIEWERS", cell: (pause) => pause.status.viewers },
      { heading: "REASON", cell: (pause) => pause.status.reason },
    ]),
  ],
  requests: requestColumns,
  breakpoints: (now, wide) => [
    { heading: "NAME", cell: (breakpoint) => breakpoint.metadata.name },
    { heading: "SESSION", cell: (breakpoint) => breakpoint.spec.session },
    {
      heading: "LOCATION",
      cell: (breakpoint) => breakpointLocation(breakpoint, wide),
    },
    { heading: "CONDITION", cell: (breakpoint) => breakpoint.spec.if },
    { heading: "STATE", cell: (breakpoint) => breakpoint.status.state },
    { heading: "HITS", cell: (breakpoint) => breakpoint.status.hits },
    age(now),
    ...onlyIf<Breakpoint>(wide, [
      { heading: "LOG", cell: (breakpoint) => breakpoint.spec.log },
      { heading: "MESSAGE", cell: (breakpoint) => breakpoint.status.message },
    ]),
  ],
  events: (now, wide) => [
    { heading: "LAST SEEN", cell: (event) => lastSeen(event, now) },
    { heading: "TYPE", cell: (event) => event.status.type },
    { heading: "REASON", cell: (event) => event.status.reason },
    { heading: "OBJECT", cell: (event) => event.status.object },
    { heading: "MESSAGE", cell: (event) => event.status.message },
    ...onlyIf<Event>(wide, [
      {
        heading: "FIRST SEEN",
        cell: (event) => formatAge(event.status.firstSeen, now),
      },
      { heading: "COUNT", cell: (event) => event.status.count },
      { heading: "NAME", cell: (event) => event.metadata.name },
    ]),
  ],
};

/** The request a paused thread was serving, as `GET /orders/7`. */
export function pausedRequest(pause: Pause): string | undefined {
  const { request } = pause.status;
  return request && `${request.method} ${request.path}`;
}

/** The same, with a mark if nobody waits for the answer any more. */
export function markedRequest(pause: Pause): string | undefined {
  const request = pausedRequest(pause);
  const gone = pause.status.request?.clientGone;
  return request && gone ? `${request} (client gone)` : request;
}

/** How long the request has been waiting for its answer. */
export function waiting(pause: Pause, now: number): string | undefined {
  const { since } = pause.status.request ?? {};
  return since && formatAge(since, now);
}

/** When an event happened last, and how often since when: `5s (x3 over 2m)`. */
function lastSeen({ status }: Event, now: number): string {
  const last = formatAge(status.lastSeen, now);
  if (status.count === 1) return last;
  return `${last} (x${status.count} over ${formatAge(status.firstSeen, now)})`;
}

/** How many requests the replica got, of how many; as kubectl counts what is ready. */
function requests({ status }: Session): string {
  const { replica, original } = status.requests;
  return `${replica}/${replica + original}`;
}

function age(now: number): Column<Resource> {
  return {
    heading: "AGE",
    cell: (resource) => formatAge(resource.metadata.creationTimestamp, now),
  };
}

function onlyIf<T>(wide: boolean, columns: Column<T>[]): Column<T>[] {
  return wide ? columns : [];
}
