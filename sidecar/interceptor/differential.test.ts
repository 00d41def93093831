import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { InterceptorMessage } from "../schema/wire.js";
import { Testbed } from "./testbed.js";
import { check, limit, runs } from "../../test/support/fuzzing.js";
import { ScriptedApp } from "./testing/play.js";
import { proxyHeaders } from "./testing/proxy-header.js";
import { startReplica, type Replica } from "./testing/replica.js";
import {
  answersOf,
  mixedScripts,
  requestsOf,
  unmatchedScripts,
  type Script,
} from "./testing/script.js";

// Generated connections, played to an original directly and through an
// interceptor. SIDESTEP_FUZZ=25 tries 25 times as many.
const UNMATCHED = 800;
const MIXED = 400;
const PROXIED = 200;

/** So many exchanges a connection has on average, at least. */
const EXCHANGES = 2;

let bed: Testbed;
let original: ScriptedApp;
let replica: Replica;

beforeAll(async () => {
  original = await ScriptedApp.start();
  replica = await startReplica();
  bed = await new Testbed(original.app, replica).start();
});
afterAll(() => bed.stop());
beforeEach(() => void bed.messages.splice(0));

/** What the interceptor had to say about connections that it does not understand, or its own defects. */
const complaints = () =>
  bed.messages.filter(
    (message): message is InterceptorMessage & { type: "event" } =>
      message.type === "event",
  );

test(
  `${runs(UNMATCHED)} connections that match nobody must be the same bytes and the same ends, direct and through`,
  async () => {
    let exchanges = 0;
    await check(UNMATCHED, unmatchedScripts, async (script) => {
      const direct = await original.play(script, original.app.port);
      // What is compared with must be what was meant.
      expect(direct.client).toBe(answersOf(script));
      expect(direct.original.map(({ text }) => text)).toEqual([
        requestsOf(script),
      ]);
      const through = await original.play(script, bed.port);
      expect(through).toEqual(direct);
      exchanges += script.exchanges.length;
    });
    console.info(`${exchanges} requests and responses were compared`);
    expect(exchanges).toBeGreaterThan(runs(UNMATCHED) * EXCHANGES);
    // Else it was compared how bytes are spliced.
    expect(complaints()).toEqual([]);
    expect(replica.requests).toEqual([]);
  },
  limit(UNMATCHED),
);

test(
  `${runs(MIXED)} connections with matched requests among others must bring each where it belongs, in order`,
  async () => {
    let exchanges = 0;
    await check(MIXED, mixedScripts, async (script) => {
      replica.requests.length = 0;
      const through = await original.play(script, bed.port);
      expect(through.clientSaw).toBe("fin");
      expect(through.original.map(({ text }) => text).join("")).toBe(
        requestsOf(script),
      );
      expect(replica.requests).toEqual(
        script.exchanges
          .filter(({ matched }) => matched)
          .map(({ request: { method, target, content } }) => ({
            method,
            target,
            content,
          })),
      );
      exchanges += script.exchanges.length;
    });
    console.info(`${exchanges} requests and responses were looked at`);
    expect(exchanges).toBeGreaterThan(runs(MIXED) * EXCHANGES);
    expect(complaints()).toEqual([]);
  },
  limit(MIXED),
);

/** The same connections, behind a proxy that says for whom it speaks. */
const proxiedScripts: fc.Arbitrary<Script> = fc
  .tuple(unmatchedScripts, proxyHeaders)
  .map(([script, { bytes }]) => {
    const [{ request, ...first }, ...rest] = script.exchanges as [
      Script["exchanges"][0],
    ];
    const head = bytes.toString("latin1") + request.head;
    const exchanges = [{ ...first, request: { ...request, head } }, ...rest];
    return { ...script, exchanges };
  });

test(
  `${runs(PROXIED)} connections that begin with a PROXY header must be the same bytes and the same ends`,
  async () => {
    await check(PROXIED, proxiedScripts, async (script) => {
      const direct = await original.play(script, original.app.port);
      expect(direct.original.map(({ text }) => text)).toEqual([
        requestsOf(script),
      ]);
      const through = await original.play(script, bed.port);
      expect(through).toEqual(direct);
    });
    expect(complaints()).toEqual([]);
  },
  limit(PROXIED),
);
