/** How long one reason's further events are only counted, in milliseconds. */
const QUIET = 1_000;

/** How many events are kept while nobody listens. */
const KEPT = 50;

interface Event {
  type: "event";
  reason: string;
  message: string;
}

/** Reports what happened, at most once a second for each reason, and later where nobody listens now. */
export class Events {
  private readonly kept: Event[] = [];
  private readonly reasons = new Map<string, { until: number; more: number }>();

  constructor(private readonly send: (event: Event) => boolean) {}

  /** Reports one event. */
  emit(reason: string, message: string): void {
    const now = Date.now();
    const last = this.reasons.get(reason);
    if (last && now < last.until) {
      last.more++;
      return;
    }
    const more = last?.more ? ` (and ${last.more} more before it)` : "";
    this.reasons.set(reason, { until: now + QUIET, more: 0 });
    this.kept.push({ type: "event", reason, message: message + more });
    if (this.kept.length > KEPT) this.kept.shift();
    this.flush();
  }

  /** Sends what could not be sent before. */
  flush(): void {
    while (this.kept.length > 0 && this.send(this.kept[0]!)) this.kept.shift();
  }
}
