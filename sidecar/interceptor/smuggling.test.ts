import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Testbed } from "./testbed.js";
import { REQUESTS, RESPONSES, SOUND, type Case } from "./testing/corpus.js";
import { BAIT } from "./testing/messages.js";
import { AT_ONCE, exchanged, ONE_BY_ONE, scripted } from "./testing/plain.js";
import { ScriptedApp } from "./testing/play.js";
import { startReplica, type Replica } from "./testing/replica.js";
import type { Script } from "./testing/script.js";

// In all of these there is a request that the session would match, were it one.
let bed: Testbed;
let original: ScriptedApp;
let replica: Replica;

beforeEach(async () => {
  original = await ScriptedApp.start();
  replica = await startReplica();
  bed = await new Testbed(original.app, replica).start();
});
afterEach(() => bed.stop());

const GET = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";
const REFUSED =
  "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

const reasons = () =>
  bed.messages.flatMap((m) => (m.type === "event" ? [m.reason] : []));

/** Both sides must see what they see without an interceptor; the replica, nothing. */
async function mustBeAsDirect(script: Script): Promise<void> {
  const direct = await original.play(script, original.app.port);
  expect(direct.original).toHaveLength(1);
  const through = await original.play(script, bed.port);
  expect(through).toEqual(direct);
  expect(replica.received).toEqual([]);
}

/** Others must be served, each by whom it should. */
async function mustLive(): Promise<void> {
  const script = scripted([
    exchanged(GET),
    exchanged(BAIT, "", true),
    exchanged(GET),
  ]);
  const { original: apps } = await original.play(script, bed.port);
  expect(apps).toEqual([{ text: GET + GET, saw: "fin" }]);
  expect(replica.requests.map(({ target }) => target)).toEqual(["/bait"]);
  expect(reasons()).not.toContain("ConnectionFailed");
}

/** Where on its connection the case is: alone, after an exchange, pipelined behind one. */
const places = ["first", "second", "pipelined"] as const;

const titled = (cases: Case[]) =>
  cases.map((each) => ({ ...each, title: `${each.name} (${each.kind})` }));

describe.each(titled(REQUESTS))("a request: $title", ({ bytes, kind }) => {
  test.each(places)("%s must go to the original as it is", async (place) => {
    const before = place === "first" ? [] : [exchanged(GET)];
    const after = exchanged(bytes + BAIT, REFUSED);
    for (const client of [AT_ONCE, ONE_BY_ONE])
      await mustBeAsDirect(
        scripted([...before, after], {
          pipelined: place === "pipelined",
          end: { client: "late", app: "own" },
          cuts: { client, app: AT_ONCE },
        }),
      );
    if (kind !== "foreign" || place !== "first")
      expect(await bed.event("NotRoutedByContent")).toContain("127.0.0.1");
    await mustLive();
  });
});

describe.each(titled(RESPONSES))("a response: $title", ({ bytes, kind }) => {
  test.each([
    ["a client that waits", false],
    ["a client that does not", true],
  ])(
    "%s must get it as it is, and go on with the original",
    async (_who, pipelined) => {
      // One by one, what is sound of it is whole before what follows has come.
      const cuts =
        pipelined && kind === "foreign" ? [AT_ONCE] : [AT_ONCE, ONE_BY_ONE];
      for (const app of cuts)
        await mustBeAsDirect(
          scripted([exchanged(GET, bytes)], {
            rest: { client: BAIT, app: "" },
            pipelined,
            cuts: { client: AT_ONCE, app },
          }),
        );
      if (kind !== "foreign")
        expect(await bed.event("NotRoutedByContent")).toContain("answer");
      await mustLive();
    },
  );
});

test("a text protocol that begins like HTTP must not be kept waiting for an empty line", async () => {
  const line = "get key\r\n";
  const script = scripted([
    exchanged(line, "VALUE key 0 1\r\na\r\nEND\r\n"),
    exchanged(line, "END\r\n"),
  ]);
  const began = Date.now();
  await mustBeAsDirect(script);
  // The limit for a head that does not come to its end is 5 s.
  expect(Date.now() - began).toBeLessThan(4_000);
  expect(await bed.event("NotRoutedByContent")).toContain("start line");
  await mustLive();
});

describe("sound, however odd, so the next request is routed", () => {
  test.each(Object.entries(SOUND))("%s", async (_name, bytes) => {
    for (const client of [AT_ONCE, ONE_BY_ONE])
      for (const pipelined of [false, true]) {
        replica.requests.length = 0;
        const script = scripted(
          [exchanged(bytes), exchanged(BAIT, "", true), exchanged(bytes)],
          { pipelined, cuts: { client, app: client } },
        );
        const { original: apps } = await original.play(script, bed.port);
        expect(apps.map(({ text }) => text)).toEqual([bytes + bytes]);
        expect(replica.requests).toHaveLength(1);
      }
    expect(reasons()).toEqual([]);
  });

  test("a flood of interim responses", async () => {
    const interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const flood = exchanged(GET);
    flood.response.interim = interim.repeat(5_000);
    for (const app of [AT_ONCE, ONE_BY_ONE]) {
      const script = scripted([flood, exchanged(BAIT, "", true)], {
        cuts: { client: AT_ONCE, app },
      });
      await original.play(script, bed.port);
    }
    expect(replica.requests).toHaveLength(2);
    expect(reasons()).toEqual([]);
  });
});
