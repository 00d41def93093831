import type {
  Condition,
  Event,
  Pause,
  Session,
} from "../../sidecar/schema/index.js";
import { IDLE_TIMEOUT, NEVER } from "../../sidecar/schema/constants.js";
import { formatMatch } from "../../sidecar/schema/match-text.js";
import { howToMatch } from "../match.js";
import { shellQuote } from "../shell-quote.js";
import { formatAge } from "./age.js";
import { COLUMNS, markedRequest } from "./columns.js";
import { location } from "./location.js";
import { block, field, lines } from "./sections.js";
import { formatTable, type Column } from "./table.js";

/** Everything about a session, for people. */
export function describeSession(
  session: Session,
  pauses: Pause[],
  now: number,
  events: Event[] = [],
): string {
  const { metadata, spec, status } = session;
  const port = status.port ?? spec.port;
  return [
    field("Name", metadata.name),
    field(
      "Created",
      `${metadata.creationTimestamp} (${formatAge(metadata.creationTimestamp, now)} ago)`,
    ),
    field("Target", spec.target),
    field("Containers", status.targets.join(", ")),
    field("Port", port),
    field("Match", spec.match && formatMatch(spec.match), "<all>"),
    field("Priority", spec.priority ?? 0),
    field("When paused", WHEN_PAUSED[spec.whenPaused]),
    spec.maxWait ? field("Max wait", `${spec.maxWait} (then a 504)`) : "",
    spec.probes ? block("Probes", probes(spec.probes)) : "",
    field("On exception", ON_EXCEPTION[spec.onException]),
    field("Original", ORIGINAL[spec.original]),
    field("TTL", spec.ttl),
    field("Idle timeout", idleTimeout(spec)),
    spec.maxPause
      ? field(
          "Max pause",
          `${spec.maxPause} (${AFTER[spec.onMaxPause ?? "continue"]})`,
        )
      : "",
    field(
      "Command",
      spec.command?.map(shellQuote).join(" "),
      "<the target's own>",
    ),
    block("Environment", environment(spec.env)),
    field("Phase", status.phase),
    field(
      "Requests",
      `${status.requests.replica} to the replica, ${status.requests.original} to the original`,
    ),
    status.oldConnections === undefined
      ? ""
      : field("Old conns", status.oldConnections),
    replica(status.replica),
    status.pin
      ? field("PIN", `${status.pin} (of the debugger in the browser)`)
      : "",
    block("Conditions", formatTable(conditionColumns(now), status.conditions)),
    block(
      "Pauses",
      pauses.length > 0 && formatTable(pauseColumns(now), pauses),
    ),
    status.phase === "Failed" || status.log?.length
      ? block("Last log lines", lines(status.log ?? []))
      : "",
    howTo(session),
    block(
      "Events",
      events.length > 0 && formatTable(COLUMNS.events(now, false), events),
    ),
  ].join("");
}

const WHEN_PAUSED = {
  queue: "queue (other matched requests wait)",
  original: "original (other matched requests go to the original)",
  reject: "reject (other matched requests get a 503)",
};

const ON_EXCEPTION = {
  browser: "browser (an unhandled one opens Werkzeug's debugger)",
  terminal: "terminal (an unhandled one pauses, for post-mortem pdb)",
  none: "none (the app answers as ever)",
};

const AFTER = {
  continue: "then the thread goes on",
  keep: "then it is told",
};

const ORIGINAL = {
  keep: "keep (it goes on running)",
  pause: "pause (it is frozen while the session lasts)",
};

function idleTimeout({ idleTimeout = IDLE_TIMEOUT }: Session["spec"]): string {
  if (idleTimeout === NEVER) return "never (it stays when nobody uses it)";
  return `${idleTimeout} (it ends when nobody has used it for so long)`;
}

function probes({
  paths = [],
  userAgents = [],
}: NonNullable<Session["spec"]["probes"]>): string {
  return lines([
    ...paths.map((glob) => `path=${glob}`),
    ...userAgents.map((glob) => `agent=${glob}`),
  ]);
}

function environment(env: Session["spec"]["env"]): string {
  return lines(
    Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`),
  );
}

function replica(value: Session["status"]["replica"]): string {
  if (!value) return field("Replica", undefined);
  return block(
    "Replica",
    field("Container", value.container) +
      field("Runtime", value.runtime) +
      field("Server", value.server),
  );
}

function conditionColumns(now: number): Column<Condition>[] {
  return [
    { heading: "TYPE", cell: (condition) => condition.type },
    { heading: "STATUS", cell: (condition) => condition.status },
    { heading: "REASON", cell: (condition) => condition.reason },
    {
      heading: "AGE",
      cell: (condition) => formatAge(condition.lastTransitionTime, now),
    },
    { heading: "MESSAGE", cell: (condition) => condition.message },
  ];
}

function pauseColumns(now: number): Column<Pause>[] {
  return [
    { heading: "NAME", cell: (pause) => pause.metadata.name },
    { heading: "LOCATION", cell: (pause) => location(pause) },
    { heading: "FUNCTION", cell: (pause) => pause.status.location.function },
    { heading: "REQUEST", cell: (pause) => markedRequest(pause) },
    { heading: "VIEWERS", cell: (pause) => pause.status.viewers },
    {
      heading: "AGE",
      cell: (pause) => formatAge(pause.metadata.creationTimestamp, now),
    },
  ];
}

function howTo({ metadata, spec, status }: Session): string {
  if (status.phase === "Failed" || status.phase === "Restoring") return "";
  return (
    field("Try", howToMatch(spec.match)) +
    field("Attach", `sidestep attach session/${metadata.name}`)
  );
}
