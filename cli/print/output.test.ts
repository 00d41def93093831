import { parse } from "yaml";
import { expect, test } from "vitest";
import { formatData, parseOutput } from "./output.js";

const VALUE = { name: "shop", list: [1, 2], none: undefined, text: "yes" };

test("JSON is indented as kubectl does", async () => {
  expect(await formatData("json", { a: [1] })).toBe(
    '{\n    "a": [\n        1\n    ]\n}\n',
  );
});

test("YAML says the same as the value, and has no aliases", async () => {
  const text = await formatData("yaml", { one: VALUE, other: VALUE });
  expect(text).not.toMatch(/[&*]a\d/);
  expect(parse(text)).toEqual(
    JSON.parse(JSON.stringify({ one: VALUE, other: VALUE })),
  );
});

test("a format that does not exist is refused with those that do", () => {
  expect(() => parseOutput("foo", ["wide", "json", "yaml", "name"])).toThrow(
    'error: unable to match a printer suitable for the output format "foo", allowed formats are: json,name,wide,yaml',
  );
  expect(parseOutput(undefined, ["json"])).toBeUndefined();
});
