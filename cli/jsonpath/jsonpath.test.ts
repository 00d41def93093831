import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.js";
import { parseRelaxedPath } from "./relaxed.js";
import { render } from "./render.js";
import { parseTemplate } from "./template.js";

const SHOPS = {
  kind: "List",
  items: [
    {
      metadata: { name: "a", labels: { "app.io/team": "red", plain: "1" } },
      spec: { ports: [80, 443], ready: true },
    },
    {
      metadata: { name: "b" },
      spec: { ports: [8000], ready: false, ratio: 0.5 },
    },
  ],
  people: [
    { name: "ann", age: 31, home: {} },
    { name: "bob)", age: 44, pet: { name: "rex" } },
    { name: "cy", age: 44 },
  ],
};

const rendered = (template: string, value: unknown = SHOPS) =>
  render(parseTemplate(template), value);

describe("what kubectl's users write", () => {
  test.each([
    ["plain text", "plain text"],
    ["kind is {.kind}", "kind is List"],
    ["{$.kind}{@.kind}{ .kind }{['kind']}", "ListListListList"],
    ["{.items[*].metadata.name}", "a b"],
    ["{.items[0].spec.ports}", "[80,443]"],
    ["{.items[0].spec.ports[*]}", "80 443"],
    ["{.items[-1].spec.ratio}", "0.5"],
    ["{.items[1].spec}", '{"ports":[8000],"ready":false,"ratio":0.5}'],
    ["{.items[*]['metadata.name', 'spec.ready']}", "a b true false"],
    ["{.items[0].metadata.labels.app\\.io/team}", "red"],
    ["{.items[0].metadata.labels['app\\.io/team']}", "red"],
    ["{.items[0].metadata.labels.*}", "red 1"],
    ["{..name}", "a b ann bob) rex cy"],
    ["{.people..name}", "ann bob) rex cy"],
    ["{...name}", "a b ann bob) rex cy"],
    ["{.people[0:2].name}", "ann bob)"],
    ["{.people[:1].name}|{.people[1:].name}", "ann|bob) cy"],
    ["{.people[::2].name}", "ann cy"],
    ["{.people[-2:].name}", "bob) cy"],
    ["{.people[0,2].name}", "ann cy"],
    ["{.people[1:1].name}", ""],
    ['{.people[?(@.name=="ann")].age}', "31"],
    ["{.people[?(@.name=='bob)')].age}", "44"],
    ["{.people[?(@.age>40)].name}", "bob) cy"],
    ["{.people[?(@.age<=31)].name}", "ann"],
    ["{.people[?(@.age!=44)].name}", "ann"],
    ["{.people[?(@.name=~'^[ab]')].age}", "31 44"],
    ["{.people[?(@.pet)].name}", "bob)"],
    ["{.items[?(@.spec.ready==true)].metadata.name}", "a"],
    ["{.items[?(@..ready==false)].metadata.name}", "b"],
    [
      '{range .items[*]}{.metadata.name}{"\\t"}{.spec.ports[0]}{"\\n"}{end}',
      "a\t80\nb\t8000\n",
    ],
    [
      "{range .items[*]}{.metadata.name}:{range .spec.ports[*]} {@}{end};{end}{.kind}",
      "a: 80 443;b: 8000;List",
    ],
    ["{range .items[?(@.no)]}x{end}after", "after"],
    ['{"{"}{.kind}{"}"}', "{List}"],
    ["{'it\\'s'}", "it's"],
    ['{"\\u00e9\\x41"}', "éA"],
    ["before-{.nothing.at.all}after", "before-after"],
    ["{.people[0].nothing[0]}", ""],
    ["", ""],
  ])("%s", (template, text) => {
    expect(rendered(template)).toBe(text);
  });

  test("a list at the root", () => {
    expect(rendered("{[?(@<5)]}", [2, 6, 3])).toBe("2 3");
    expect(rendered("{[1]}{[*]}", [1, 2])).toBe("21 2");
    expect(rendered("{..}", [1, 2])).toBe("[1,2]");
  });
});

describe("what is wrong", () => {
  test.each([
    ["{.items", "unclosed action"],
    ["{hello}", "unrecognized identifier hello"],
    ["{.a}{end}", "not in range, nothing to end"],
    ["{range .items[*]}x", "range without an end: {end} is missing"],
    ["{.items[x]}", "invalid array index x"],
    ["{.items[0}", "unterminated array"],
    ['{"text}', "unterminated quoted string"],
    ["{.people[?(@.age<>10)]}", "unrecognized filter operator <>"],
    ["{........name}", "invalid multiple recursive descent"],
    ["{!}", "unrecognized character in action: '!'"],
    ["{.items[7]}", "array index out of bounds: index 7, length 2"],
    ["{.items[-7]}", "array index out of bounds: index -7, length 2"],
    ["{.items[2:1]}", "array index out of bounds: index 2, length 2"],
    ["{.items[1:0]}", "starting index 1 is greater than ending index 0"],
    ["{.kind[0]}", '"List" is not array or slice'],
    ["{.kind[?(@.a)]}", '"List" is not array or slice and cannot be filtered'],
    ["{.people[?(@.age=='x')]}", "incompatible types for comparison"],
    ["{.people[?(@.age=~'x')]}", "=~ compares a text"],
    ["{.people[?(@.name=~'[')]}", "'[' is not a regular expression"],
    [`{${"[?(@".repeat(4_000)}${")]".repeat(4_000)}}`, "nested too deeply"],
    ["{.people[?(@.*==1)]}", "can only compare one element at a time"],
  ])("%s", (template, message) => {
    expect(() => rendered(template)).toThrow(message);
  });
});

test("columns and sorting take a path without braces or its first dot", () => {
  for (const path of [
    "metadata.name",
    ".metadata.name",
    "{metadata.name}",
    "{.metadata.name}",
  ]) {
    expect(evaluate(parseRelaxedPath(path), SHOPS.items[0])).toEqual(["a"]);
  }
  expect(evaluate(parseRelaxedPath("[0]"), ["x"])).toEqual(["x"]);
  expect(() => parseRelaxedPath("{.a}{.b}")).toThrow("unexpected path string");
});

test("what the prototype has is not found", () => {
  expect(rendered("{.constructor}{.__proto__}{.toString}")).toBe("");
});
