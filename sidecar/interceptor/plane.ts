import type { MatchClause } from "../schema/match.js";
import type { RoutingTable } from "../schema/routing.js";
import { SHARE_NAME } from "../schema/share.js";
import { inBlock } from "./cidr.js";
import { LIMITS, type RouteTally } from "./tally.js";

// The bytes of plain, unmatched requests need no JavaScript: what Node's calls
// between C++ and JavaScript cost is more than all that the lane does
// (docs/decisions/0009-the-lane-in-c.md). The lane in JavaScript begins and
// ends every connection, and has all that is not plain.

/** How a pair of connections was found when it came back. */
export interface Returned {
  /** A request was sent, whose response is not complete. */
  busy: boolean;
  /** Some of its response was relayed, with this status. */
  answering: boolean;
  status: number;
  /** What of the response is to come, in bytes. */
  remaining: number;
  /** How long ago the request came, and the pair came to rest, in milliseconds. */
  age: number;
  rested: number;
  /** The beginning of the request's first line. */
  line: string;
  /** What was read and not passed on, valid during the call only. */
  bytes: Buffer;
  /** Whom the bytes are from; or what they are the rest of, which is counted already. */
  from: "client" | "app" | "request" | "response" | undefined;
  /** Whose connection is broken. */
  failed: "client" | "app" | undefined;
}

/** Who lends its connections to the plane. */
export interface Lender {
  /** By which sessions may choose, too. */
  readonly remoteAddress: string;
  /** The connections are its own again. */
  onReturned(returned: Returned): void;
}

interface Native {
  add(slot: number, client: number, app: number): boolean;
  remove(slot: number): boolean;
  look(names: string[], needles: string[], prefixes: string[]): boolean;
  count(): void;
  close(): void;
}

interface Addon {
  open(
    bytes: Buffer,
    line: Buffer,
    state: Float64Array,
    figures: Float64Array,
    limits: Float64Array,
    back: (slot: number) => void,
  ): Native;
}

const SIZE = 64 * 1024;
const LINE = 256;
/** Figures before those of the latencies. */
const OTHERS = 10;
/** In the order of lane.h. */
const WHYS: Pick<Returned, "from" | "failed">[] = [
  { from: undefined, failed: undefined },
  { from: "client", failed: undefined },
  { from: "app", failed: undefined },
  { from: "request", failed: undefined },
  { from: "response", failed: undefined },
  { from: undefined, failed: "client" },
  { from: undefined, failed: "app" },
];

/** The fast lane in C, for connections at rest. */
export class Plane {
  private readonly bytes = Buffer.alloc(SIZE);
  private readonly line = Buffer.alloc(LINE);
  private readonly state = new Float64Array(9);
  private readonly figures = new Float64Array(OTHERS + LIMITS.length + 1);
  /** What was accounted for of the figures. */
  private readonly told = new Float64Array(this.figures.length);
  private readonly lenders: (Lender | undefined)[] = [];
  private readonly free: number[] = [];
  private readonly native: Native;
  private table: RoutingTable | undefined;
  private watched: Watched | undefined;

  constructor(addon: Addon) {
    this.native = addon.open(
      this.bytes,
      this.line,
      this.state,
      this.figures,
      Float64Array.from(LIMITS),
      (slot) => {
        this.give(slot);
      },
    );
  }

  /**
   * Takes two connections at rest, by their descriptors; undefined where it
   * cannot, or by this table must not.
   * @param target of the client's last request: the next may well be like it
   */
  lend(
    table: RoutingTable,
    client: number,
    app: number,
    target: string,
    lender: Lender,
  ): number | undefined {
    if (table !== this.table) this.look(table);
    const { watched } = this;
    if (!watched || !watched.mayTake(target, lender.remoteAddress))
      return undefined;
    const slot = this.free.pop() ?? this.lenders.length;
    if (!this.native.add(slot, client, app)) {
      this.free.push(slot);
      return undefined;
    }
    this.lenders[slot] = lender;
    return slot;
  }

  /** Gives two connections back, as they are. */
  recall(slot: number): void {
    if (this.native.remove(slot)) this.give(slot);
  }

  /** Gives everything back: the table changes, clients are to leave, or somebody watches. */
  recallAll(): void {
    for (let slot = 0; slot < this.lenders.length; slot++)
      if (this.lenders[slot]) this.recall(slot);
  }

  /** Adds what it has counted since the last time; returns how many requests it took. */
  account(tally: RouteTally): number {
    this.native.count();
    const { figures, told } = this;
    const more = figures.map((figure, i) => figure - told[i]!);
    told.set(figures);
    const [taken = 0, received = 0, sent = 0, milliseconds = 0] = more;
    tally.received += received;
    tally.sent += sent;
    tally.latencies.sum += milliseconds;
    more.subarray(4, OTHERS).forEach((n, i) => (tally.ended[i]! += n));
    more.subarray(OTHERS).forEach((n, i) => (tally.latencies.counts[i]! += n));
    return taken;
  }

  close(): void {
    this.recallAll();
    this.native.close();
    this.watched = undefined;
    this.table = undefined;
  }

  private look(table: RoutingTable): void {
    this.recallAll();
    this.table = table;
    const watched = watchedBy(table);
    const fits =
      watched &&
      this.native.look(
        watched.names,
        ["__debugger__", SHARE_NAME],
        watched.prefixes,
      );
    this.watched = fits ? watched : undefined;
  }

  private give(slot: number): void {
    const lender = this.lenders[slot];
    if (!lender) return;
    this.lenders[slot] = undefined;
    this.free.push(slot);
    const [why, count, busy, answering, status, remaining, age, rested, line] =
      this.state as unknown as [number, ...number[]];
    lender.onReturned({
      ...WHYS[why]!,
      busy: busy === 1,
      answering: answering === 1,
      status: status!,
      remaining: remaining!,
      age: age!,
      rested: rested!,
      line: this.line.toString("latin1", 0, line),
      bytes: this.bytes.subarray(0, count),
    });
  }
}

/** The plane of this file, or why there is none. */
export function openPlane(path: string): Plane | Error {
  const loaded = { exports: {} };
  try {
    process.dlopen(loaded, path);
    return new Plane(loaded.exports as Addon);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What makes a request of a client one that may be matched, whatever else it is. */
export interface Watched {
  /** It has one of these headers, in lower case. */
  names: string[];
  /** Its target begins so, or may be read in another way than it is written. */
  prefixes: string[];
  /** Whether the lane may have this client, and a request like this one. */
  mayTake(target: string, client: string): boolean;
}

/**
 * What the lane in C has to look for by this table; undefined where every
 * request may be matched. A share link, its cookie and the debugger's page are
 * known by their text.
 */
export function watchedBy(table: RoutingTable): Watched | undefined {
  const names = new Set<string>();
  const prefixes = new Set<string>();
  const clients: string[] = [];
  if (table.routes.length === 0) return undefined;
  for (const { match } of table.routes) {
    if (match.length === 0) return undefined;
    for (const clause of match) {
      const name = headerOf(clause);
      const prefix = clause.path?.replace(/\*.*$/s, "") ?? "";
      if (name !== undefined) names.add(name);
      else if (clause.client) clients.push(clause.client);
      else if (prefix.length > 1 && prefix.startsWith("/"))
        prefixes.add(prefix);
      else return undefined;
    }
  }
  return {
    names: [...names],
    prefixes: [...prefixes],
    mayTake: (target, client) =>
      !clients.some((block) => inBlock(block, client)) &&
      ![...prefixes].some((prefix) => target.startsWith(prefix)),
  };
}

/** A header without which a request cannot be matched by this clause. */
function headerOf({
  header,
  cookie,
  baggage,
}: MatchClause): string | undefined {
  const [name] = Object.keys(header ?? {});
  if (name !== undefined) return name.toLowerCase();
  if (Object.keys(cookie ?? {}).length > 0) return "cookie";
  if (Object.keys(baggage ?? {}).length > 0) return "baggage";
  return undefined;
}
