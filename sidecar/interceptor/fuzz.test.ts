import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Testbed } from "./testbed.js";
import { check, limit, runs } from "../../test/support/fuzzing.js";
import { BAIT, request, response } from "./testing/messages.js";
import { bytes, mutated } from "./testing/mutate.js";
import { AT_ONCE, exchanged, ONE_BY_ONE, scripted } from "./testing/plain.js";
import { ScriptedApp } from "./testing/play.js";
import { readRequests } from "./testing/reference.js";
import { startReplica, type Replica } from "./testing/replica.js";
import { requestsOf, wire } from "./testing/script.js";

// What is broken at random, read by the interceptor and by another reader.
const REQUESTS = 2_000;
const RESPONSES = 500;

let bed: Testbed;
let original: ScriptedApp;
let replica: Replica;

beforeAll(async () => {
  original = await ScriptedApp.start();
  replica = await startReplica();
  bed = await new Testbed(original.app, replica).start();
});
afterAll(() => bed.stop());

const GET = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

/** Others must be served, each by whom it should, and no defect of ours be met. */
async function mustLive(): Promise<void> {
  replica.requests.length = 0;
  const script = scripted([
    exchanged(GET),
    exchanged(BAIT, "", true),
    exchanged(GET),
  ]);
  const { original: apps } = await original.play(script, bed.port);
  expect(apps.map(({ text }) => text)).toEqual([GET + GET]);
  expect(replica.requests).toHaveLength(1);
  const failed = bed.messages.filter(
    (m) => m.type === "event" && m.reason === "ConnectionFailed",
  );
  expect(failed).toEqual([]);
}

const limits = { lasting: true, matched: true };
/** Small ones with bait, so that changes are likely to matter. */
const sound = fc
  .array(fc.oneof(request({ ...limits, matched: false }), request(limits)), {
    minLength: 1,
    maxLength: 3,
  })
  .map((requests) => requests.map(wire).join("") + BAIT)
  .filter((text) => text.length < 3_000);

const cuts = fc.constantFrom(AT_ONCE, ONE_BY_ONE);

test(
  `${runs(REQUESTS)} broken requests must be understood as another reader does, or go on as they are`,
  async () => {
    let routed = 0;
    let doubted = 0;
    const broken = fc.oneof(
      { arbitrary: mutated(sound), weight: 9 },
      { arbitrary: bytes, weight: 1 },
    );
    await check(
      REQUESTS,
      fc.record({ text: broken, client: cuts }),
      async ({ text, client }) => {
        const reading = readRequests(text);
        fc.pre(reading !== undefined);
        const { exchanges, rest } = reading;
        replica.requests.length = 0;
        const script = scripted(exchanges, {
          rest: { client: rest, app: "" },
          pipelined: true,
          // What lacks its end is seen to lack it when the client has none to send.
          end: { client: rest === "" ? "late" : "early", app: "follow" },
          cuts: { client, app: AT_ONCE },
        });
        const { original: apps } = await original.play(script, bed.port);
        expect(apps.map(({ text }) => text).join("")).toBe(requestsOf(script));
        const matched = exchanges.filter(({ matched }) => matched);
        expect(replica.requests.map(({ target }) => target)).toEqual(
          matched.map(({ request }) => request.target),
        );
        routed += matched.length;
        if (rest !== "") doubted++;
      },
    );
    await mustLive();
    // Else nothing was tried but one kind.
    expect(routed).toBeGreaterThan(runs(REQUESTS) / 10);
    expect(doubted).toBeGreaterThan(runs(REQUESTS) / 10);
  },
  limit(REQUESTS),
);

test(
  `${runs(RESPONSES)} broken responses must reach the client as they are`,
  async () => {
    const broken = fc.oneof(
      {
        arbitrary: mutated(
          response({ lasting: false, matched: false }).map((answers) => {
            const { interim, final } = answers(exchanged(GET).request);
            return interim + final;
          }),
        ).filter((text) => text.length < 3_000),
        weight: 9,
      },
      { arbitrary: bytes, weight: 1 },
    );
    await check(
      RESPONSES,
      fc.record({ text: broken, app: cuts }),
      async ({ text, app }) => {
        const script = scripted([exchanged(GET, text)], {
          end: { client: "late", app: "own" },
          cuts: { client: AT_ONCE, app },
        });
        const direct = await original.play(script, original.app.port);
        expect(direct.client).toBe(text);
        expect(await original.play(script, bed.port)).toEqual(direct);
      },
    );
    await mustLive();
  },
  limit(RESPONSES),
);
