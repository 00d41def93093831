import fc from "fast-check";
import { expect, test } from "vitest";
import { byPrecedence } from "./precedence.js";
import { session } from "./testing/world.js";

const alice = { match: [{ header: { "x-debug": "alice" } }] };
const at = (minute: number) => ({
  created: `2026-01-01T11:0${minute}:00.000Z`,
});

test("priority, then what is specific, then age, then the name", () => {
  const sessions = [
    session("all-low", { priority: -1 }, at(0)),
    session("low", { ...alice, priority: -1 }, at(0)),
    session("all", {}, at(0)),
    session("young", alice, at(2)),
    session("b", alice, at(1)),
    session("a", { ...alice, priority: 0 }, at(1)),
    session("all-high", { priority: 7 }, at(3)),
  ];
  const names = sessions.sort(byPrecedence).map(({ name }) => name);
  expect(names).toEqual([
    "all-high",
    "a",
    "b",
    "young",
    "all",
    "low",
    "all-low",
  ]);
});

test("the order is the same however the sessions are listed", () => {
  const one = fc
    .record({
      name: fc.constantFrom("a", "b", "c", "d", "e"),
      priority: fc.constantFrom(undefined, -1, 0, 1),
      match: fc.constantFrom(undefined, alice.match),
      minute: fc.constantFrom(0, 1),
    })
    .map(({ name, priority, match, minute }) =>
      session(name, { priority, match }, at(minute)),
    );
  const some = fc.uniqueArray(one, { selector: ({ name }) => name });
  fc.assert(
    fc.property(
      some.chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(all, { minLength: all.length }),
        ),
      ),
      ([all, shuffled]) => {
        const names = (of: typeof all) =>
          [...of].sort(byPrecedence).map(({ name }) => name);
        expect(names(shuffled)).toEqual(names(all));
      },
    ),
  );
});
