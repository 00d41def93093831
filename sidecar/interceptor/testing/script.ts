import fc from "fast-check";
import type { Cut } from "./endpoint.js";
import {
  BAIT,
  request,
  response,
  tunnel,
  type Request,
  type Response,
} from "./messages.js";

/** A request, and what the original answers; a matched one the replica answers by itself. */
export interface Exchange {
  request: Request;
  response: Response;
  matched: boolean;
}

/** All that happens on one client's connection. */
export interface Script {
  exchanges: Exchange[];
  /** What follows on the connection when it is no longer HTTP, or when nothing is answered any more. */
  rest: { client: string; app: string };
  /** Whether the client sends requests without waiting for answers. */
  pipelined: boolean;
  end: {
    /** `early`: with its last byte; `late`: when it has every answer. */
    client: "early" | "late" | "reset";
    /** `own`: with its last byte; `follow`: after the client. */
    app: "own" | "follow" | "reset";
  };
  cuts: { client: Cut[]; app: Cut[] };
}

/** What one side sends once so many exchanges were answered, or so many bytes have come. */
export interface Step {
  after: number;
  send: string;
}

/** Connections that match nobody, with anything that HTTP/1 allows. */
export const unmatchedScripts: fc.Arbitrary<Script> = fc
  .record({
    exchanges: fc.array(exchange({ lasting: false, matched: false }), LENGTH()),
    tunnel: fc.option(tunnel(), { freq: 8 }),
    rest: fc.record({ client: raw(), app: raw() }),
    pipelined: fc.boolean(),
    end: fc.record({
      client: fc.constantFrom("early", "late", "late", "reset"),
      app: fc.constantFrom("own", "follow", "follow", "reset"),
    }),
    cuts: fc.record({ client: cuts(), app: cuts() }),
  })
  .map(({ tunnel, ...given }) => {
    const exchanges = [...given.exchanges];
    if (tunnel)
      exchanges.push({
        request: tunnel[0],
        response: tunnel[1],
        matched: false,
      });
    return script({ ...given, exchanges }, tunnel !== null);
  });

/** Connections on which some requests are matched. */
export const mixedScripts: fc.Arbitrary<Script> = fc
  .record({
    exchanges: fc.array(
      fc.oneof(
        exchange({ lasting: true, matched: false }),
        exchange({ lasting: true, matched: true }),
      ),
      LENGTH(),
    ),
    last: fc.option(exchange({ lasting: false, matched: false }), { freq: 2 }),
    pipelined: fc.boolean(),
    early: fc.boolean(),
    cuts: fc.record({ client: cuts(), app: cuts() }),
  })
  .map(({ last, early, ...given }) => {
    const exchanges = last ? [...given.exchanges, last] : given.exchanges;
    // A client that closes its half while a replica is asked counts as gone.
    const client = early && !exchanges.at(-1)!.matched ? "early" : "late";
    const end = { client, app: "follow" } as const;
    const rest = { client: "", app: "" };
    const made = script({ ...given, exchanges, end, rest }, false);
    // After an answer that ends the connection nobody is looked for any more.
    if (made.end.app === "own" && made.pipelined) made.rest.client = BAIT;
    return made;
  });

/** What the original has to receive, and the client to get for its unmatched requests. */
export function requestsOf(script: Script): string {
  const own = script.exchanges.filter(({ matched }) => !matched);
  return own.map(({ request }) => wire(request)).join("") + script.rest.client;
}

export const answersOf = (script: Script): string =>
  script.exchanges.map(({ response }) => answer(response)).join("") +
  script.rest.app;

export const wire = (request: Request): string => request.head + request.body;
export const answer = (response: Response): string =>
  response.interim + response.final;

/** What the client sends, each after so many whole answers; half an answer is its interim part. */
export function clientSteps(script: Script): Step[] {
  const steps: Step[] = [];
  const { exchanges, pipelined, rest } = script;
  exchanges.forEach(({ request, response }, i) => {
    const invited = response.interim.includes("100 Continue");
    if (request.expectsContinue && invited && !pipelined)
      steps.push(
        { after: i, send: request.head },
        { after: i + 0.5, send: request.body },
      );
    else steps.push({ after: pipelined ? 0 : i, send: wire(request) });
  });
  steps.push({ after: pipelined ? 0 : exchanges.length, send: rest.client });
  return joined(steps);
}

/** What the original sends, each after so many bytes. */
export function appSteps(script: Script): Step[] {
  const steps: Step[] = [];
  let received = 0;
  for (const { request, response, matched } of script.exchanges) {
    if (matched) continue;
    const { head, body } = request;
    const share = { head: 0, half: body.length >> 1, whole: body.length };
    steps.push(
      { after: received + head.length, send: response.interim },
      {
        after: received + head.length + share[response.after],
        send: response.final,
      },
    );
    received += head.length + body.length;
  }
  // Half of it at once, as a server does that speaks first in what it upgraded to.
  const { app, client } = script.rest;
  const half = app.length >> 1;
  if (steps.length > 0) steps.at(-1)!.send += app.slice(0, half);
  steps.push({ after: received + client.length, send: app.slice(half) });
  return joined(steps);
}

/** Adjacent steps in one, so that pieces reach across messages; nothing is sent empty. */
function joined(steps: Step[]): Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    const last = result.at(-1);
    if (last?.after === step.after) last.send += step.send;
    else if (step.send) result.push({ ...step });
  }
  return result;
}

/** Cuts off what comes after an answer that ends the connection, and lets both sides end in a way that fits. */
function script(given: Script, tunnelled: boolean): Script {
  const { exchanges, pipelined } = given;
  const ending = exchanges.findIndex(({ response }) => response.ends);
  if (ending < 0) {
    const rest = tunnelled ? given.rest : { client: "", app: "" };
    return { ...given, rest, end: compatible(given.end) };
  }
  const unanswered = exchanges.slice(ending + 1);
  const client = unanswered.map(({ request }) => wire(request)).join("");
  return {
    ...given,
    exchanges: exchanges.slice(0, ending + 1),
    rest: { client: pipelined ? client : "", app: "" },
    end: {
      client: given.end.client === "reset" ? "late" : given.end.client,
      app: "own",
    },
  };
}

/** One reset at most, and not after a FIN: which of the two is seen is a matter of luck. */
function compatible({ client, app }: Script["end"]): Script["end"] {
  if (client === "reset") return { client, app: "follow" };
  if (app === "reset") return { client: "late", app };
  return { client, app };
}

function exchange(limits: {
  lasting: boolean;
  matched: boolean;
}): fc.Arbitrary<Exchange> {
  return fc
    .tuple(request(limits), response(limits))
    .map(([request, response]) => ({
      request,
      response: response(request),
      matched: limits.matched,
    }));
}

function LENGTH(): fc.ArrayConstraints {
  return { minLength: 1, maxLength: 8, size: "max" };
}

function raw(): fc.Arbitrary<string> {
  return fc.constantFrom("", "\x81\x05hello", BAIT, "x".repeat(100_000));
}

function cuts(): fc.Arbitrary<Cut[]> {
  const cut = fc.record({
    size: fc.oneof(
      fc.constant(1),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 70_000 }),
    ),
    turns: fc.nat({ max: 3 }),
  });
  return fc.oneof(
    fc.constant<Cut[]>([{ size: Infinity, turns: 0 }]),
    fc.constant<Cut[]>([{ size: 1, turns: 1 }]),
    fc.array(cut, { minLength: 1, maxLength: 6 }),
  );
}
