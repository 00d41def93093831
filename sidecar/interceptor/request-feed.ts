import type { ToldRequest } from "../schema/wire.js";
import type { Recording, Told } from "./recorder.js";

/** How often the sidecar is told at most, in milliseconds; the first change is told at once. */
const TELL_EVERY = 200;

/** What is told at a time: a message has a limit, and a flood of requests must not become one of messages. */
const MESSAGES = 2;
const MOST_BYTES = 48 * 1024;

/** So many wait to be told; what comes beyond them is only counted. */
const KEPT = 500;

/**
 * Tells the sidecar of requests, when they begin and when they end; of short
 * ones once. Of a flood it tells a part, but the end of each whose beginning it
 * told, and in time each that is in hand.
 */
export class RequestFeed implements Told {
  private readonly pending = new Map<string, Recording>();
  private readonly announced = new Set<string>();
  private dropped = 0;
  private missed = false;
  private telling: NodeJS.Timeout | undefined;

  /**
   * @param tell sends some; whether there was somebody to send them to
   * @param inHand those that are not ended
   */
  constructor(
    private readonly tell: (
      requests: ToldRequest[],
      dropped: number,
    ) => boolean,
    private readonly inHand: () => Iterable<Recording>,
  ) {}

  begun(recording: Recording): void {
    // Of others than matched ones only what became of them is told.
    if (recording.session !== undefined) this.note(recording);
  }

  ended(recording: Recording): void {
    this.note(recording);
  }

  /** A sidecar has come that knows nothing. */
  tellAgain(): void {
    this.announced.clear();
    this.missed = true;
    this.plan();
  }

  /** Tells nobody any more. */
  stop(): void {
    clearTimeout(this.telling);
  }

  private note(recording: Recording): void {
    const { pending, announced } = this;
    const { id } = recording;
    if (pending.size >= KEPT && !pending.has(id) && !announced.has(id)) {
      this.dropped++;
      this.missed = true;
      return;
    }
    pending.set(id, recording);
    this.plan();
  }

  private plan(): void {
    if (this.telling) return;
    this.flush();
    this.telling = setTimeout(() => {
      this.telling = undefined;
      if (this.pending.size > 0 || this.missed) this.plan();
    }, TELL_EVERY);
    this.telling.unref();
  }

  private flush(): void {
    if (this.missed && this.pending.size < KEPT) this.catchUp();
    for (let n = 0; n < MESSAGES && this.pending.size > 0; n++) {
      const some = this.next();
      if (!this.tell(some, this.dropped)) {
        this.pending.clear();
        this.announced.clear();
        return;
      }
      this.dropped = 0;
    }
  }

  /** Those in hand whose beginning could not be told. */
  private catchUp(): void {
    this.missed = false;
    for (const recording of this.inHand()) {
      if (recording.session === undefined) continue;
      if (this.announced.has(recording.id)) continue;
      if (this.pending.size >= KEPT) return void (this.missed = true);
      this.pending.set(recording.id, recording);
    }
  }

  private next(): ToldRequest[] {
    const some: ToldRequest[] = [];
    let bytes = 0;
    for (const [id, recording] of this.pending) {
      const told = recording.told();
      bytes += Buffer.byteLength(JSON.stringify(told)) + 1;
      if (some.length > 0 && bytes > MOST_BYTES) break;
      some.push(told);
      this.pending.delete(id);
      if (recording.durationMs === undefined) this.announced.add(id);
      else this.announced.delete(id);
    }
    return some;
  }
}
