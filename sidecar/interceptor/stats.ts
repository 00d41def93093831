/** What an interceptor has counted since it started. */
export interface Figures {
  connections: number;
  requests: Record<string, number>;
  inflight: Record<string, number>;
}

/** Counts connections, and requests by lane: `original` or the session's name. */
export class Stats {
  /** All that have come in since the start. */
  accepted = 0;
  private connections = 0;
  private readonly requests = new Map<string, number>();
  private readonly inflight = new Map<string, number>();

  /** A connection came in; call what is returned when it is gone. */
  open(): () => void {
    this.accepted++;
    this.connections++;
    return () => void this.connections--;
  }

  /** A request took a lane, or several did. */
  count(lane: string, requests = 1): void {
    if (requests === 0) return;
    this.requests.set(lane, (this.requests.get(lane) ?? 0) + requests);
  }

  /** A request went to a session's replica; call what is returned when it is done. */
  enter(session: string): () => void {
    this.count(session);
    this.inflight.set(session, (this.inflight.get(session) ?? 0) + 1);
    return () => {
      const left = (this.inflight.get(session) ?? 1) - 1;
      if (left > 0) this.inflight.set(session, left);
      else this.inflight.delete(session);
    };
  }

  /** The figures as they stand. */
  figures(): Figures {
    return {
      connections: this.connections,
      requests: Object.fromEntries(this.requests),
      inflight: Object.fromEntries(this.inflight),
    };
  }
}
