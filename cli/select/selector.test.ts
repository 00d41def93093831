import { expect, test } from "vitest";
import { parseSelector, selects } from "./selector.js";

const LABELS = {
  team: "red",
  stage: "prod",
  "sidestep.session": "shop",
  empty: "",
};

test.each([
  ["team=red", true],
  ["team==red", true],
  ["team = red , stage = prod", true],
  ["team=red,stage=test", false],
  ["team!=red", false],
  ["nope!=red", true],
  ["nope=red", false],
  ["empty=", true],
  ["team in (blue, red)", true],
  ["team in (blue)", false],
  ["team notin (blue,green),stage", true],
  ["team notin (red)", false],
  ["nope notin (red)", true],
  ["team", true],
  ["nope", false],
  ["!nope", true],
  ["!team", false],
  ["sidestep.session=shop", true],
  ["sidestep.session in (shop,other)", true],
  ["constructor", false],
])("%s: %s", (selector, selected) => {
  expect(selects(parseSelector(selector), LABELS)).toBe(selected);
});

test("what has no labels has none of them", () => {
  expect(selects(parseSelector("team"), undefined)).toBe(false);
  expect(selects(parseSelector("!team,stage!=x"), undefined)).toBe(true);
});

test.each([
  ["", "found '', expected: a label's key"],
  ["team,,stage", "found '', expected: a label's key"],
  ["=red", "found '=red', expected: a label's key"],
  ["team in red", "found 'red', expected: '(' values ')'"],
  ["team in (red", "found '(red', expected: '(' values ')'"],
  ["team is red", "found 'is red', expected: in, notin, =, ==, !="],
  ["team=red blue", "found 'red blue', expected: a label's value"],
  ["!team=red", "found '=red', expected: ',' or the end"],
])("%s is refused", (selector, message) => {
  expect(() => parseSelector(selector)).toThrow(
    `error: unable to parse requirement: ${message}`,
  );
});
