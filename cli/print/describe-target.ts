import type { Session, Target } from "../../sidecar/schema/index.js";
import { formatMatch } from "../../sidecar/schema/match-text.js";
import { formatAge } from "./age.js";
import { block, field, lines } from "./sections.js";
import { formatTable, type Column } from "./table.js";

/** Everything about a target, for people: who takes which of its requests, and what becomes of the rest. */
export function describeTarget(
  { metadata, status }: Target,
  sessions: Session[],
  now: number,
): string {
  // The sidecar lists them in the order in which they are asked.
  const asked = status.sessions.flatMap(
    (name) => sessions.find((session) => session.metadata.name === name) ?? [],
  );
  return [
    field("Name", metadata.name),
    field(
      "Created",
      `${metadata.creationTimestamp} (${formatAge(metadata.creationTimestamp, now)} ago)`,
    ),
    field("Image", status.image),
    field("State", status.state),
    field("Containers", status.containers.join(", ")),
    field("Ports", status.ports.join(", ")),
    status.problem ? field("Problem", status.problem) : "",
    block(
      "Sessions",
      asked.length > 0 &&
        `${HOW}\n${formatTable(columns(asked, now), asked)}${lines(portsOf(asked).map((port) => rest(asked, port)))}`,
    ),
    asked.length > 0 ? "" : field("Rest", ORIGINAL),
  ].join("");
}

const HOW = "asked in this order; the first that matches takes the request";
const ORIGINAL = "everything goes to the original";

function columns(asked: Session[], now: number): Column<Session>[] {
  return [
    { heading: "ORDER", cell: (session) => asked.indexOf(session) + 1 },
    { heading: "NAME", cell: (session) => session.metadata.name },
    { heading: "PRIORITY", cell: (session) => session.spec.priority ?? 0 },
    { heading: "MATCH", cell: (session) => formatMatch(session.spec.match) },
    { heading: "PORT", cell: (session) => session.status.port },
    { heading: "PHASE", cell: (session) => session.status.phase },
    {
      heading: "AGE",
      cell: (session) => formatAge(session.metadata.creationTimestamp, now),
    },
  ];
}

const portsOf = (asked: Session[]) => [
  ...new Set(asked.map(({ status }) => status.port)),
];

/** What becomes of the requests to a port that no match takes. */
function rest(asked: Session[], port: number | undefined): string {
  const here = asked.filter(({ status }) => status.port === port);
  const on = portsOf(asked).length > 1 ? ` on port ${port}` : "";
  const end = here.findIndex(({ spec }) => !spec.match);
  if (end < 0) return `everything else${on}: the original`;
  const never = here.slice(end + 1).map(({ metadata }) => metadata.name);
  const others =
    never.length > 0 ? `; nothing is left for ${never.join(", ")}` : "";
  return `everything else${on}: ${here[end]!.metadata.name}${others}`;
}
