import { randomBytes } from "node:crypto";
import type { InterceptorMessage } from "../schema/wire.js";

/** What is told of a request that was rerouted. */
export type Rerouted = Extract<
  InterceptorMessage,
  { type: "requests" }
>["requests"][number];

/** How often the sidecar is told at most, in milliseconds; the first change is told at once. */
const TELL_EVERY = 200;

/** At most so many are told, and in so many bytes: a message has a limit. */
const MOST = 200;
const MOST_BYTES = 48 * 1024;

/** So many of those whose client has gone are remembered: the replica may have them still. */
const MOST_GONE = 50;

/** What is kept of a path. */
const LONGEST_PATH = 512;

/** One rerouted request, from its head to its answer. */
export interface Tracked {
  /** What the kit knows it by. */
  id: string;
  /** It was answered. */
  done(): void;
  /** Its client left without an answer; the app does not know. */
  gone(): void;
}

/** The matched requests that are not answered yet, the oldest first. */
export class Requests {
  private readonly waiting = new Map<string, Rerouted>();
  private readonly left: Rerouted[] = [];
  private readonly prefix = randomBytes(4).toString("hex");
  private count = 0;
  private telling: NodeJS.Timeout | undefined;
  private changed = false;

  /** @param tell sends them; whether there was somebody to send them to */
  constructor(private readonly tell: (requests: Rerouted[]) => boolean) {}

  /** A matched request has come in. */
  enter(
    session: string,
    request: { method: string; target: string },
    client: string,
  ): Tracked {
    const id = `${this.prefix}-${++this.count}`;
    const rerouted: Rerouted = {
      id,
      session,
      method: request.method.slice(0, 32),
      path: request.target.slice(0, LONGEST_PATH),
      client: client.replace(/^::ffff:/, ""),
      since: Date.now(),
      gone: false,
    };
    this.waiting.set(id, rerouted);
    this.onChange();
    return {
      id,
      done: () => {
        if (this.waiting.delete(id)) this.onChange();
      },
      gone: () => {
        if (!this.waiting.delete(id)) return;
        this.left.push({ ...rerouted, gone: true });
        if (this.left.length > MOST_GONE) this.left.shift();
        this.onChange();
      },
    };
  }

  /** Tells a sidecar that has just come, if there is anything to tell. */
  tellAgain(): void {
    if (this.waiting.size > 0 || this.left.length > 0) this.onChange();
  }

  /** Tells nobody any more. */
  stop(): void {
    clearTimeout(this.telling);
  }

  private onChange(): void {
    this.changed = true;
    if (this.telling) return;
    this.changed = false;
    this.tell(this.list());
    this.telling = setTimeout(() => {
      this.telling = undefined;
      if (this.changed) this.onChange();
    }, TELL_EVERY);
    this.telling.unref();
  }

  private list(): Rerouted[] {
    const told: Rerouted[] = [];
    let bytes = 0;
    for (const each of [...this.left, ...this.waiting.values()]) {
      bytes += Buffer.byteLength(JSON.stringify(each)) + 1;
      if (told.length >= MOST || bytes > MOST_BYTES) break;
      told.push(each);
    }
    return told;
  }
}
