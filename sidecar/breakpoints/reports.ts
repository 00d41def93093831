import {
  NOT_TOLD_YET,
  type Breakpoint,
  type KitMessage,
} from "../schema/index.js";

/** What one process of a replica says of a breakpoint. */
export type Report = Extract<KitMessage, { type: "breakpoint" }>;

type Status = Breakpoint["status"];

/** What the processes of one replica say of its breakpoints. */
export interface Reports {
  take(pid: number, report: Report): void;
  /** The process has gone, or cannot be heard: its hits stay counted. */
  gone(pid: number): void;
  forget(id: string): void;
  /** All that was said of a breakpoint, as one status. */
  status(id: string): Status;
}

interface Heard {
  /** The last report; undefined when the process has gone. */
  report: Report | undefined;
  hits: number;
  /** Hits of earlier processes that had the same number. */
  before: number;
}

/** What is known of one breakpoint. */
interface Known {
  /** By process. */
  heard: Map<number, Heard>;
  /** Hits of processes that are remembered no more. */
  before: number;
}

/** So many processes of a replica are remembered for each breakpoint, those that have gone included. */
const MOST = 1_000;

/** The best state that any process has is that of all: it does stop there. */
const RANK: Status["state"][] = ["Verified", "Error", "Ambiguous", "Pending"];

/** Keeps the reports of one session. */
export function createReports(): Reports {
  const book = new Map<string, Known>();
  return {
    take: (pid, report) => {
      const known: Known = book.get(report.id) ?? {
        heard: new Map(),
        before: 0,
      };
      book.set(report.id, known);
      const former = known.heard.get(pid) ?? { hits: 0, before: 0 };
      // A counter that has gone back is that of a new process.
      const restarted = report.hits < former.hits;
      const before = former.before + (restarted ? former.hits : 0);
      known.heard.set(pid, { report, hits: report.hits, before });
      forgetOldest(known);
    },
    gone: (pid) => {
      for (const known of book.values()) {
        const heard = known.heard.get(pid);
        if (heard) heard.report = undefined;
      }
    },
    forget: (id) => void book.delete(id),
    status: (id) => merge(book.get(id)),
  };
}

function forgetOldest(known: Known): void {
  for (const [pid, { report, hits, before }] of known.heard) {
    if (known.heard.size <= MOST) break;
    if (report) continue;
    known.heard.delete(pid);
    known.before += hits + before;
  }
}

function merge(known: Known | undefined): Status {
  const all = [...(known?.heard.values() ?? [])];
  const hits = all.reduce(
    (sum, { hits: n, before }) => sum + n + before,
    known?.before ?? 0,
  );
  const reports = all
    .map(({ report }) => report)
    .filter((report) => report !== undefined)
    .sort((a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state));
  const [best] = reports;
  if (!best) {
    return { state: "Pending", message: NOT_TOLD_YET, locations: [], hits };
  }
  return {
    state: best.state,
    ...(best.message == null ? {} : { message: best.message }),
    locations: best.locations,
    hits,
  };
}
