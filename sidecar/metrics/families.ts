import type { InterceptorLink } from "../links/interceptors.js";
import {
  LATENCY_BUCKETS,
  PAUSE_BUCKETS,
  type Session,
} from "../schema/index.js";
import { histogram, type Labels, type Sample } from "./histogram.js";
import type { Ledger, RouteSums } from "./ledger.js";
import type { PauseSums } from "./pause-times.js";

/** What the figures are made from, as it stands. */
export interface Figured {
  sessions: () => Session[];
  /** Interceptors that are there, by container name. */
  interceptors: () => [name: string, link: InterceptorLink][];
  ledger: Ledger;
  pauses: Map<string, PauseSums>;
  /** Requests that were too many to be listed. */
  dropped: () => number;
}

/** A metric of ours: its name, its meaning, and its samples at this moment. */
export interface Family {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  samples: (of: Figured) => Sample[];
}

const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/** All metrics of ours, in the order of `docs/metrics.md`. */
export const FAMILIES: Family[] = [
  {
    name: "sidestep_requests_total",
    type: "counter",
    help: "Requests that have ended, by session (empty: none matched), route and class of the status",
    samples: routes(({ session, route, ended }) =>
      CLASSES.flatMap((status, index) => {
        const value = ended[index] ?? 0;
        return value > 0 ? [{ labels: { session, route, status }, value }] : [];
      }),
    ),
  },
  {
    name: "sidestep_requests_in_flight",
    type: "gauge",
    help: "Requests that replicas have in hand",
    samples: ({ sessions, interceptors }) =>
      sessions().map(({ metadata: { name: session } }) => ({
        labels: { session },
        value: sum(interceptors(), (link) => link.inflight[session] ?? 0),
      })),
  },
  {
    name: "sidestep_received_bytes_total",
    type: "counter",
    help: "Bytes that clients have sent",
    samples: routes(({ session, route, received: value }) => [
      { labels: { session, route }, value },
    ]),
  },
  {
    name: "sidestep_sent_bytes_total",
    type: "counter",
    help: "Bytes that clients were sent",
    samples: routes(({ session, route, sent: value }) => [
      { labels: { session, route }, value },
    ]),
  },
  {
    name: "sidestep_answer_seconds",
    type: "histogram",
    help: "Time from a request's head to its answer's head",
    samples: routes(({ session, route, latencies: { counts, sum } }) =>
      histogram(
        "sidestep_answer_seconds",
        { session, route },
        LATENCY_BUCKETS,
        counts,
        sum / 1000,
      ),
    ),
  },
  {
    name: "sidestep_requests_unlisted_total",
    type: "counter",
    help: "Requests that were too many at a time to be in `get requests`",
    samples: ({ dropped }) => [{ labels: {}, value: dropped() }],
  },
  {
    name: "sidestep_pauses",
    type: "gauge",
    help: "Threads that are paused now",
    samples: ({ sessions }) =>
      sessions().map(({ metadata: { name: session }, status }) => ({
        labels: { session },
        value: status.pauses,
      })),
  },
  {
    name: "sidestep_pauses_total",
    type: "counter",
    help: "Pauses that have begun, by what stopped them: breakpoint or exception",
    samples: ({ pauses }) =>
      [...pauses].flatMap(([session, { begun }]) =>
        Object.entries(begun).map(([reason, value]) => ({
          labels: { session, reason },
          value,
        })),
      ),
  },
  {
    name: "sidestep_pause_seconds",
    type: "histogram",
    help: "How long pauses were that are over",
    samples: ({ pauses }) =>
      [...pauses].flatMap(([session, { counts, sum }]) =>
        histogram(
          "sidestep_pause_seconds",
          { session },
          PAUSE_BUCKETS,
          counts,
          sum,
        ),
      ),
  },
  {
    name: "sidestep_sessions",
    type: "gauge",
    help: "Sessions, by phase",
    samples: ({ sessions }) => {
      const phases: Record<string, number> = {};
      for (const { status } of sessions())
        phases[status.phase] = (phases[status.phase] ?? 0) + 1;
      return Object.entries(phases).map(([phase, value]) => ({
        labels: { phase },
        value,
      }));
    },
  },
  {
    name: "sidestep_takeover_in_force",
    type: "gauge",
    help: "Whether new connections to a container's port are taken over (1) or go straight to the app (0)",
    samples: links(({ takeover }) => (takeover === undefined ? 0 : 1)),
  },
  {
    name: "sidestep_lease_renewals_total",
    type: "counter",
    help: "Renewals of the takeover's lease, since its interceptor started",
    samples: figures(({ renewals }) => renewals),
  },
  {
    name: "sidestep_connections",
    type: "gauge",
    help: "Clients' connections that an interceptor holds",
    samples: links(({ connections }) => connections),
  },
  {
    name: "sidestep_connections_total",
    type: "counter",
    help: "Clients' connections that came to an interceptor, since it started",
    samples: figures(({ accepted }) => accepted),
  },
  {
    name: "sidestep_old_connections",
    type: "gauge",
    help: "Connections to the app that are older than the takeover, and lead past it",
    samples: links(({ old }) => old?.count ?? 0),
  },
  {
    name: "sidestep_interceptor_memory_bytes",
    type: "gauge",
    help: "Resident memory of an interceptor",
    samples: figures(({ memory }) => memory),
  },
  {
    name: "sidestep_events_total",
    type: "counter",
    help: "What interceptors have reported, by reason, such as NotRoutedByContent",
    samples: ({ ledger: { events } }) =>
      [...events].map(([reason, value]) => ({
        labels: { reason },
        value,
      })),
  },
];

/** Samples of each session and route. */
function routes(samples: (sums: RouteSums) => Sample[]): Family["samples"] {
  return ({ ledger }) => [...ledger.routes.values()].flatMap(samples);
}

/** A sample of each interceptor that is there. */
function links(value: (link: InterceptorLink) => number): Family["samples"] {
  return ({ interceptors }) =>
    interceptors().map(([name, link]) => ({
      labels: placeOf(name),
      value: value(link),
    }));
}

type Told = NonNullable<ReturnType<Ledger["of"]>>;

/** A sample of what each interceptor has told last. */
function figures(value: (told: Told) => number): Family["samples"] {
  return ({ interceptors, ledger }) =>
    interceptors().flatMap(([name]) => {
      const told = ledger.of(name);
      return told ? [{ labels: placeOf(name), value: value(told) }] : [];
    });
}

/** The container and the port that an interceptor takes over, by its name. */
function placeOf(name: string): Labels {
  const [, container = name, port = ""] =
    /^(.*)-sidestep-port-(\d+)$/.exec(name) ?? [];
  return { container, port };
}

function sum(
  all: [string, InterceptorLink][],
  value: (link: InterceptorLink) => number,
): number {
  return all.reduce((total, [, link]) => total + value(link), 0);
}
