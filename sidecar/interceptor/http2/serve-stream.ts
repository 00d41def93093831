import { SAFE } from "../forwarding.js";
import { constants, type ServerHttp2Stream } from "node:http2";
import { REQUEST_HEADER } from "../../schema/constants.js";
import type { Route } from "../../schema/routing.js";
import { paused, unreachable, waitedTooLong } from "../answer.js";
import { choose, type Choice } from "../choose.js";
import { forwardedFor } from "../edit.js";
import type { Http2Client } from "../lazy-http2.js";
import type { Matchable } from "../match.js";
import type { Record } from "../recorder.js";
import { shareHeaders } from "../share.js";
import { answerEmptyStream, answerStream, GRPC } from "./answers.js";
import { matchableOf, withField, type Block } from "./head.js";
import {
  relayStream,
  requestOn,
  type StreamHooks,
  type StreamRequest,
} from "./relay-stream.js";
import type { Replicas } from "./replicas.js";
import { Upstream } from "./upstream.js";

/** What a stream can be sent on. */
export interface Ways extends Pick<Http2Client, "remoteAddress" | "traffic"> {
  enterOriginal(): Promise<Upstream | Error>;
  replicas: Replicas;
}

/** A stream that is being served. */
export interface Serving {
  request: Matchable;
  over: Promise<void>;
}

/** Serves one stream: chooses for it, as for a request of HTTP/1, and brings it there. */
export function serveStream(
  stream: ServerHttp2Stream,
  head: Block,
  ways: Ways,
): Serving {
  const serving = new StreamServing(stream, head, ways);
  return { request: serving.request, over: serving.serve() };
}

class StreamServing {
  readonly request: Matchable;
  private readonly sent: StreamRequest;
  private readonly record: Record;

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly head: Block,
    private readonly ways: Ways,
  ) {
    this.request = matchableOf(head);
    this.sent = requestOn(stream, head);
    this.record = ways.traffic.recorder.record();
  }

  /** From its head to its end. */
  async serve(): Promise<void> {
    const { stream, head, request } = this;
    const { traffic, remoteAddress } = this.ways;
    const choice = choose(request, traffic.table(), remoteAddress);
    const headers = head.fields;
    this.record.begin({ ...request, headers }, choice, remoteAddress);
    try {
      await this.served(choice);
    } finally {
      this.record.end(stream.rstCode !== constants.NGHTTP2_NO_ERROR);
    }
  }

  /** Serves it by the lane that was chosen. */
  private async served(choice: Choice): Promise<void> {
    const { stream, head, record } = this;
    const { traffic } = this.ways;
    switch (choice.lane) {
      case "original":
        return this.toOriginal();
      case "share":
        record.answered(303);
        return answerEmptyStream(stream, 303, shareHeaders(choice.answer));
      case "reject": {
        const { session } = choice.route;
        traffic.stats.count(session);
        const answer = { ...paused(session), grpc: GRPC.unavailable };
        record.answered(answer.status);
        return answerStream(stream, head, answer);
      }
      case "replica":
        return this.matched(choice.route);
    }
  }

  private async toOriginal(): Promise<void> {
    const { stream, ways } = this;
    ways.traffic.stats.count("original");
    const original = await ways.enterOriginal();
    if (isGone(stream)) return;
    // Nothing was done, and the client may try again.
    if (!(original instanceof Upstream) || !original.open)
      return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    await relayStream(this.sent, original.session, this.recording).over;
  }

  private async matched(route: Route): Promise<void> {
    const { record } = this;
    const { traffic } = this.ways;
    const { id } = record;
    const done = traffic.stats.enter(route.session);
    const wait = traffic.waits.enter(route, id);
    let outcome: Outcome = "over";
    try {
      outcome = await this.toReplica(route, id, wait.tooLong);
    } finally {
      done();
      wait.done();
    }
    if (outcome !== "fallback") return;
    record.fellBack();
    await this.toOriginal();
  }

  private async toReplica(
    route: Route,
    id: string,
    tooLong: AbortSignal | undefined,
  ): Promise<Outcome> {
    const { stream, ways } = this;
    const entering = ways.replicas.enter(route);
    try {
      const entered = await orNothing(entering, stream, tooLong);
      if (isGone(stream)) return "over";
      if (entered === undefined) return this.giveUp(route);
      const { replica } = entered;
      if (!(replica instanceof Upstream) || !replica.open) {
        this.replicaFailed(
          route,
          replica instanceof Error ? replica.message : "it left",
        );
        return "fallback";
      }
      return await this.relay(replica, route, id, tooLong);
    } finally {
      void entering.then((entered) => entered.done());
    }
  }

  private relay(
    replica: Upstream,
    route: Route,
    id: string,
    tooLong: AbortSignal | undefined,
  ): Promise<Outcome> {
    const { stream, head } = this;
    return new Promise((resolve) => {
      const relayed = relayStream(this.edited(id), replica.session, {
        ...this.recording,
        answer: (answer) =>
          withField(answer, "x-sidestep", `session=${route.session}`),
        failed: (code) => {
          // A stream that it resets is its answer; one that goes with its connection is not.
          if (!replica.lost) return false;
          this.replicaFailed(
            route,
            "it closed the connection without an answer",
          );
          const mayRepeat = head.last && SAFE.has(this.request.method);
          if (!mayRepeat) this.unreachable(route, code);
          resolve(mayRepeat ? "fallback" : "answered");
          return true;
        },
      });
      const giveUp = () => {
        if (relayed.answered || isGone(stream)) return;
        relayed.cancel();
        resolve(this.giveUp(route));
      };
      if (tooLong?.aborted) giveUp();
      tooLong?.addEventListener("abort", giveUp, { once: true });
      void relayed.over.then(() =>
        resolve(relayed.answered && isComplete(stream) ? "answered" : "over"),
      );
    });
  }

  /** What is to be noted of it on its way. */
  private get recording(): StreamHooks {
    const { record } = this;
    return {
      meter: record,
      answered: (status) => record.answered(status),
    };
  }

  /** The request as a replica gets it. */
  private edited(id: string): StreamRequest {
    const { head, sent, ways } = this;
    const former = head.fields
      .filter(([name]) => name === "x-forwarded-for")
      .map(([, value]) => value);
    const forwarded = forwardedFor(former, ways.remoteAddress);
    const told = withField(head, "x-forwarded-for", forwarded);
    return { ...sent, head: withField(told, REQUEST_HEADER, id) };
  }

  private giveUp(route: Route): Outcome {
    const { stream, head, request } = this;
    const { traffic, remoteAddress } = this.ways;
    const limit = route.maxWait ?? 0;
    const answer = waitedTooLong(route.session, limit);
    this.record.answered(answer.status);
    answerStream(stream, head, { ...answer, grpc: GRPC.deadlineExceeded });
    traffic.event(
      "WaitedTooLong",
      `${request.method} ${request.target.slice(0, 200)} from ${remoteAddress} has waited for ${limit / 1000} s while session ${route.session} was paused`,
    );
    return "answered";
  }

  private unreachable({ session }: Route, code: number): void {
    const name = code === 0 ? "" : ` (HTTP/2 error ${code})`;
    this.record.answered(502);
    answerStream(this.stream, this.head, {
      status: 502,
      grpc: GRPC.unavailable,
      text: unreachable(session, `it closed the connection${name}`),
      headers: { "X-Sidestep": `session=${session}` },
    });
  }

  private replicaFailed(route: Route, reason: string): void {
    this.ways.traffic.event(
      "ReplicaUnreachable",
      `the replica of session ${route.session} did not answer: ${reason}`,
    );
  }
}

/**
 * How a matched stream ended. `over`: its client or the replica broke it off.
 * `fallback`: nothing was answered and nothing was done, so the original may
 * have it.
 */
type Outcome = "answered" | "over" | "fallback";

const isGone = (stream: ServerHttp2Stream): boolean =>
  stream.destroyed || stream.closed;

const isComplete = (stream: ServerHttp2Stream): boolean =>
  stream.rstCode === constants.NGHTTP2_NO_ERROR && stream.writableFinished;

/** What is awaited; undefined where the stream ends, or it takes too long. */
function orNothing<T>(
  awaited: Promise<T>,
  stream: ServerHttp2Stream,
  tooLong: AbortSignal | undefined,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const nothing = () => resolve(undefined);
    awaited.then(resolve, reject);
    stream.once("close", nothing);
    if (tooLong?.aborted) nothing();
    tooLong?.addEventListener("abort", nothing, { once: true });
  });
}
