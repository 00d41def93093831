import type { SeenRequest } from "../../sidecar/schema/index.js";
import { formatAge } from "./age.js";
import type { Column } from "./table.js";

/** The columns of requests. */
export function requestColumns(
  now: number,
  wide: boolean,
): Column<SeenRequest>[] {
  const columns: Column<SeenRequest>[] = [
    { heading: "NAME", cell: ({ metadata }) => metadata.name },
    { heading: "SESSION", cell: ({ status }) => status.session },
    { heading: "METHOD", cell: ({ status }) => status.method },
    { heading: "PATH", cell: ({ status }) => status.path },
    { heading: "ROUTE", cell: ({ status }) => status.route },
    { heading: "STATUS", cell: requestStatus },
    {
      heading: "DURATION",
      cell: ({ status }) => formatMilliseconds(status.durationMs),
    },
    {
      heading: "AGE",
      cell: ({ metadata }) => formatAge(metadata.creationTimestamp, now),
    },
  ];
  if (!wide) return columns;
  return [
    ...columns,
    { heading: "CLIENT", cell: ({ status }) => status.client },
    { heading: "RECEIVED", cell: ({ status }) => status.received },
    { heading: "SENT", cell: ({ status }) => status.sent },
    { heading: "CONTAINER", cell: ({ status }) => status.container },
    { heading: "REASON", cell: ({ status }) => status.reason },
  ];
}

/** How a request stands: its answer's status, or what it waits for. */
export function requestStatus({ status }: SeenRequest): string | undefined {
  const { state, pause, status: code } = status;
  switch (state) {
    case "waiting":
      return "waiting";
    case "paused":
      return `paused (${pause})`;
    case "answering":
      return `${code}, answering`;
    case "gone":
      return code === undefined ? "client gone" : `${code}, client gone`;
    case "ended":
      return code === undefined ? undefined : String(code);
  }
}

/** A length of time of a request, such as 0.4ms, 12ms, 3.1s. */
export function formatMilliseconds(
  milliseconds: number | undefined,
): string | undefined {
  if (milliseconds === undefined) return undefined;
  if (milliseconds < 10) return `${milliseconds.toFixed(1)}ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  return `${(milliseconds / 1000).toFixed(1)}s`;
}
