import { expect, test } from "vitest";
import { describeOld, sumUp } from "./old-connections.js";
import { sessionResource } from "./status.js";
import { app, interceptor, link, session, world } from "./testing/world.js";

const peers = ["172.18.0.5"];

test("a session shows how many there are, and what to do about them", () => {
  const s = session("s");
  const taker = interceptor(app("shop-1"));
  const status = (count?: number) =>
    sessionResource(
      world([s], [app("shop-1")], {
        ours: [taker],
        interceptors: {
          [taker.name]: link(
            count === undefined
              ? {}
              : { old: { count, peers, closing: "not-supported" } },
          ),
        },
      }),
      s,
      { logs: {}, failures: {}, hazards: {}, exits: {} },
      [],
    ).status;
  const condition = (count?: number) =>
    status(count).conditions.find(({ type }) => type === "OldConnections");
  expect(status(3).oldConnections).toBe(3);
  expect(condition(3)).toMatchObject({
    status: "True",
    reason: "NotRerouted",
    message:
      "3 connections to the app are older than the session (from 172.18.0.5): requests on them are not rerouted, and this kernel cannot close such (CONFIG_INET_DIAG_DESTROY): restart the proxy in front, or lower its keep-alive",
  });
  expect(status(0).oldConnections).toBe(0);
  expect(condition(0)).toBe(undefined);
  expect(status().oldConnections).toBe(undefined);
});

test("several containers are summed up", () => {
  const told = { count: 2, peers, closing: "yes" } as const;
  const other = { count: 1, peers: ["10.0.0.1", ...peers], closing: "yes" };
  expect(sumUp([])).toBe(undefined);
  expect(sumUp([told, undefined, other as typeof told])).toEqual({
    count: 3,
    peers: ["172.18.0.5", "10.0.0.1"],
    closing: "yes",
  });
});

test.each([
  ["yes", "until they are silent for a second and are closed"],
  ["not-wanted", "cutIdle: false, so restart the proxy"],
  ["not-permitted", "does not permit to close such: restart the proxy"],
] as const)("%s: %s", (closing, text) => {
  expect(describeOld({ count: 2, peers, closing })).toContain(text);
});
