import type { SeenRequest } from "../../sidecar/schema/index.js";
import { formatAge } from "./age.js";
import { printable } from "../../sidecar/schema/printable.js";
import { formatMilliseconds, requestStatus } from "./request-columns.js";
import { block, field } from "./sections.js";

/** Everything that is told of a request, for people. */
export function describeRequest(
  { metadata, status }: SeenRequest,
  now: number,
): string {
  const { headers } = status;
  const attached = status.pause === undefined ? [] : [status.pause];
  return [
    field("Name", metadata.name),
    field("Session", status.session),
    field("Line", `${status.method} ${status.path}`.trim()),
    field("Client", status.client),
    field("Container", status.container),
    field("Route", status.route),
    field("Reason", status.reason),
    field("Status", requestStatus({ metadata, status } as SeenRequest)),
    field(
      "Since",
      `${metadata.creationTimestamp} (${formatAge(metadata.creationTimestamp, now)} ago)`,
    ),
    field("Answered", formatMilliseconds(status.answeredMs)),
    field("Duration", formatMilliseconds(status.durationMs)),
    field("Received", `${status.received} bytes`),
    field("Sent", `${status.sent} bytes`),
    ...attached.map((pause) =>
      field("Attach", `sidestep attach pause/${pause}`),
    ),
    headers ? block("Headers", lines(headers)) : "",
  ].join("");
}

type Headers = NonNullable<SeenRequest["status"]["headers"]>;

/** Their names may be longer than a field's usually are. */
function lines(headers: Headers): string {
  const width = Math.max(...headers.map(({ name }) => name.length)) + 2;
  return headers
    .map(
      ({ name, value }) =>
        `${`${name}:`.padEnd(width)} ${printable(value ?? "(not shown)")}\n`,
    )
    .join("");
}
