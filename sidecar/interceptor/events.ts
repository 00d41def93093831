/** How long one reason's further events are only counted, in milliseconds. */
const QUIET = 1_000;

/** How many events are kept while nobody listens. */
const KEPT = 50;

interface Event {
  type: "event";
  reason: string;
  message: string;
  session?: string;
}

/** Reports what happened, at most once a second for each reason, and later where nobody listens now. */
export class Events {
  /** How many there were, by reason. */
  readonly counts: Record<string, number> = {};
  private readonly kept: Event[] = [];
  private readonly reasons = new Map<string, { until: number; more: number }>();

  constructor(private readonly send: (event: Event) => boolean) {}

  /** Reports one event; of a session, where that is known. */
  emit(reason: string, message: string, session?: string): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    const now = Date.now();
    const last = this.reasons.get(reason);
    if (last && now < last.until) {
      last.more++;
      return;
    }
    const more = last?.more ? ` (and ${last.more} more before it)` : "";
    this.reasons.set(reason, { until: now + QUIET, more: 0 });
    const of = session === undefined ? {} : { session };
    this.kept.push({ type: "event", reason, message: message + more, ...of });
    if (this.kept.length > KEPT) this.kept.shift();
    this.flush();
  }

  /** Sends what could not be sent before. */
  flush(): void {
    while (this.kept.length > 0 && this.send(this.kept[0]!)) this.kept.shift();
  }
}
