import type { InterceptorMessage } from "../schema/wire.js";
import type { Recording, Told } from "./recorder.js";

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

/** The rerouted requests that are not answered yet, the oldest first. */
export class Requests implements Told {
  private readonly waiting = new Map<string, Rerouted>();
  private readonly left: Rerouted[] = [];
  private telling: NodeJS.Timeout | undefined;
  private changed = false;

  /** @param tell sends them; whether there was somebody to send them to */
  constructor(private readonly tell: (requests: Rerouted[]) => boolean) {}

  /** A request has come in; one that is rerouted is waiting from now on. */
  begun({ id, session, route, request, client, since }: Recording): void {
    if (session === undefined || route !== "replica") return;
    const { method, target: path } = request;
    const gone = false;
    this.waiting.set(id, { id, session, method, path, client, since, gone });
    this.onChange();
  }

  /** It was answered, or its client left without an answer and the app does not know. */
  ended({ id, state }: Recording): void {
    const rerouted = this.waiting.get(id);
    if (!rerouted) return;
    this.waiting.delete(id);
    if (state === "gone") {
      this.left.push({ ...rerouted, gone: true });
      if (this.left.length > MOST_GONE) this.left.shift();
    }
    this.onChange();
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
