import type { RoutingTable } from "../schema/routing.js";
import type { InterceptorMessage } from "../schema/wire.js";

/** What the launcher sees of connections that are older than the takeover. */
export interface OldReport {
  count: number;
  peers: string[];
  closing: "yes" | "not-wanted" | "not-supported" | "not-permitted";
  /** Those that were idle when the takeover began have been closed by now. */
  settled: boolean;
}

/** Who can see the kernel's list of connections: the launcher. */
export interface OldWatch {
  /** Counts them, and closes those that are idle, until there are none. */
  watch(close: boolean): void;
  onReport(listener: (report: OldReport) => void): void;
}

/** How long the launcher is waited for before a takeover is called complete, in milliseconds. */
const PATIENCE = 3_000;

/**
 * Connections that are older than the takeover: they lead to the original, past
 * the interceptor, for as long as somebody keeps them.
 */
export class OldConnections {
  private told = "";
  private last: OldReport | undefined;
  private closing = false;
  private settle: (() => void) | undefined;

  constructor(
    private readonly watcher: OldWatch | undefined,
    private readonly send: (message: InterceptorMessage) => boolean,
  ) {
    watcher?.onReport((report) => this.onReport(report));
  }

  /** The takeover came into force; resolves when idle ones are closed, so that the next request is rerouted. */
  taken(table: RoutingTable): Promise<void> {
    const { watcher } = this;
    if (!watcher) return Promise.resolve();
    this.closing = wanted(table);
    watcher.watch(this.closing);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      this.settle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** There is another table; its sidecar may be another one too. */
  apply(table: RoutingTable): void {
    if (table.routes.length > 0 && this.last) {
      // The first session to want them closed, of several.
      if (!this.closing && wanted(table) && this.last.count > 0) {
        this.closing = true;
        this.watcher?.watch(true);
      }
      this.tell(this.last);
    }
  }

  /** There is no sidecar any more, or another one comes: nothing was told. */
  forget(): void {
    this.told = "";
  }

  private onReport(report: OldReport): void {
    this.last = report;
    this.tell(report);
    if (report.settled) this.settle?.();
  }

  private tell({ count, peers, closing }: OldReport): void {
    const message = { type: "oldConnections", count, peers, closing } as const;
    const text = JSON.stringify(message);
    if (text !== this.told && this.send(message)) this.told = text;
  }
}

const wanted = (table: RoutingTable): boolean =>
  table.routes.some((route) => route.cutIdle !== false);
