import { randomBytes } from "node:crypto";
import type { RequestRoute } from "../schema/seen-request.js";
import type { RouteFigures, ToldRequest } from "../schema/wire.js";
import type { Choice } from "./choose.js";
import { turnTime } from "./clock.js";
import type { RequestHead } from "./frame.js";
import { shownHeaders, shownPath } from "./shown.js";
import { RouteTally, type Meter } from "./tally.js";

/** What of a request is recorded. */
export type Recorded = Pick<RequestHead, "method" | "target"> &
  Partial<Pick<RequestHead, "headers" | "raw">>;

/** Who tells the sidecar of requests. */
export interface Told {
  /** One that a session matched has begun, or another that somebody watches. */
  begun(recording: Recording): void;
  ended(recording: Recording): void;
}

/** One request that is told of: matched, or watched. */
export class Recording {
  status = 0;
  received = 0;
  sent = 0;
  state: ToldRequest["state"] = "waiting";
  answeredMs: number | undefined;
  durationMs: number | undefined;
  readonly since = Date.now();
  private readonly begin = turnTime();

  constructor(
    readonly id: string,
    readonly request: Recorded,
    readonly client: string,
    public route: RequestRoute,
    public reason: string,
    readonly session: string | undefined,
    private readonly looked: Set<string>,
  ) {
    this.request = {
      method: request.method.slice(0, 32),
      target: shownPath(request.target),
      // Those of a plain head are of the next request soon.
      ...(request.raw && request.headers && { headers: request.headers }),
    };
    this.received = request.raw?.length ?? 0;
  }

  answer(status: number): number {
    this.status = status;
    this.state = "answering";
    return (this.answeredMs = turnTime() - this.begin);
  }

  end(gone: boolean): void {
    this.state = gone ? "gone" : "ended";
    this.durationMs = turnTime() - this.begin;
  }

  /** As the sidecar is told of it. */
  told(): ToldRequest {
    const { method, target, headers } = this.request;
    return {
      id: this.id,
      session: this.session,
      method,
      path: target,
      client: this.client,
      route: this.route,
      reason: this.reason.slice(0, 500),
      state: this.state,
      since: this.since,
      status: this.status || undefined,
      answeredMs: rounded(this.answeredMs),
      durationMs: rounded(this.durationMs),
      received: this.received,
      sent: this.sent,
      headers: headers && shownHeaders(headers, this.looked),
    };
  }
}

/** Records requests: each of those that a session matched, and of all others their figures. */
export class Recorder {
  /** Whether somebody watches those that no session matched. */
  listing = false;
  /** Those that no session matched. */
  readonly unmatched = new RouteTally();
  private readonly routes = new Map<
    string,
    [string, RequestRoute, RouteTally]
  >();
  private readonly open = new Set<Recording>();
  /** What the ids of all requests of this process begin with. */
  readonly run = randomBytes(4).toString("hex");
  private count = 0;

  /**
   * @param told is told of requests
   * @param looked which headers sessions match by
   */
  constructor(
    private readonly told: Told,
    private readonly looked: () => Set<string>,
  ) {}

  /** A record for one client's connection, or for one stream of it: one request at a time. */
  record(): Record {
    return new Record(this);
  }

  /** @internal */
  begin(request: Recorded, choice: Choice, client: string): Recording {
    const recording = new Recording(
      `${this.run}-${++this.count}`,
      request,
      client.replace(/^::ffff:/, ""),
      routeOf(choice),
      choice.reason,
      sessionOf(choice),
      this.looked(),
    );
    this.open.add(recording);
    this.tallyOf(recording);
    this.told.begun(recording);
    return recording;
  }

  /** @internal */
  end(recording: Recording, gone: boolean): void {
    recording.end(gone);
    this.open.delete(recording);
    const tally = this.tallyOf(recording);
    tally.end(recording.status);
    tally.received += recording.received;
    tally.sent += recording.sent;
    if (recording.answeredMs !== undefined)
      tally.latencies.add(recording.answeredMs);
    this.told.ended(recording);
  }

  /** Those that are not ended yet. */
  get inHand(): Iterable<Recording> {
    return this.open;
  }

  /** What was counted by now, of every session and route. */
  figures(): RouteFigures[] {
    const figures = [
      figuresOf("", "original", this.unmatched),
      ...[...this.routes.values()].map((each) => figuresOf(...each)),
    ];
    // Downloads and streams may last: what they have moved is told by now.
    for (const { session = "", route, received, sent } of this.open) {
      const sum = figures.find(
        (each) => each.session === session && each.route === route,
      );
      if (!sum) continue;
      sum.received += received;
      sum.sent += sent;
    }
    return figures;
  }

  private tallyOf({ session, route }: Recording): RouteTally {
    if (session === undefined && route === "original") return this.unmatched;
    const key = `${route} ${session ?? ""}`;
    let entry = this.routes.get(key);
    if (!entry)
      this.routes.set(key, (entry = [session ?? "", route, new RouteTally()]));
    return entry[2];
  }
}

/**
 * The record of the request that a connection is busy with. Of an unmatched one
 * that nobody watches it keeps a time, and nothing else.
 */
export class Record implements Meter {
  private recording: Recording | undefined;
  private begun = 0;
  private busy = false;
  private status = 0;

  constructor(private readonly recorder: Recorder) {}

  /** By which the sidecar, and the kit, knows the request. */
  get id(): string {
    return this.recording?.id ?? "";
  }

  /** A request has come, and it was chosen where it goes. */
  begin(request: Recorded, choice: Choice, client: string): void {
    if (this.busy) this.end();
    this.busy = true;
    this.status = 0;
    const { recorder } = this;
    if (recorder.listing || !isUnmatched(choice)) {
      this.recording = recorder.begin(request, choice, client);
      recorder.unmatched.received -= this.recording.received;
    } else this.begun = turnTime();
  }

  /**
   * An unmatched request, which was begun so many milliseconds ago without this,
   * comes in; of its head and answer what was relayed is counted.
   */
  resume(age: number, status: number | undefined): void {
    this.busy = true;
    this.begun = turnTime() - age;
    this.status = status ?? 0;
  }

  /** It goes to the original after all. */
  fellBack(): void {
    const { recording } = this;
    if (!recording) return;
    recording.route = "original";
    recording.reason += ", but the replica did not answer";
  }

  /** The head of its final answer goes out. */
  answered(status: number): void {
    this.status = status;
    if (this.recording) this.recording.answer(status);
    else this.recorder.unmatched.latencies.add(turnTime() - this.begun);
  }

  /** It was answered to the end, or its client has left. */
  end(gone = false): void {
    if (!this.busy) return;
    this.busy = false;
    const { recording } = this;
    if (!recording) return this.recorder.unmatched.end(this.status);
    this.recording = undefined;
    this.recorder.end(recording, gone);
  }

  received(bytes: number): void {
    (this.recording ?? this.recorder.unmatched).received += bytes;
  }

  sent(bytes: number): void {
    (this.recording ?? this.recorder.unmatched).sent += bytes;
  }
}

function figuresOf(
  session: string,
  route: RequestRoute,
  { ended, received, sent, latencies: { counts, sum } }: RouteTally,
): RouteFigures {
  return { session, route, ended, received, sent, latencies: { counts, sum } };
}

const isUnmatched = (choice: Choice): boolean =>
  choice.lane === "original" && choice.session === undefined;

function routeOf(choice: Choice): RequestRoute {
  return choice.lane === "original" && choice.probe ? "probe" : choice.lane;
}

function sessionOf(choice: Choice): string | undefined {
  switch (choice.lane) {
    case "original":
      return choice.session;
    case "share":
      return choice.answer.session;
    default:
      return choice.route.session;
  }
}

/** Milliseconds, to the microsecond. */
const rounded = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined
    ? undefined
    : Math.round(milliseconds * 1000) / 1000;
