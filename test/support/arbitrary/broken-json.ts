import fc from "fast-check";

/** JSON that is seldom meant: too large, too deep, of another type, with names that objects have anyway. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    "",
    0,
    -1,
    1.5,
    1e300,
    Number.MAX_SAFE_INTEGER,
    -Number.MAX_SAFE_INTEGER - 2,
    "__proto__",
    "\0",
    "\ud800",
    "a\nb\r\nc",
    "../../etc/passwd",
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.integer({ min: 1, max: 5 }).map((power) => "x".repeat(8 ** power)),
  fc.integer({ min: 1, max: 500 }).map((depth) => nested(depth)),
);

/** Names of fields that no object should have, and some that it has without being told. */
const names = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "", "type", "0"),
  fc.string({ maxLength: 10 }),
);

const change = fc.record({
  /** Which of all values in it, as a share of their number. */
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  kind: fc.constantFrom("replace", "remove", "add", "wrap", "repeat"),
  value: odd,
  name: names,
});

/** Values with a few changes somewhere in them. */
export function brokenJson(values: fc.Arbitrary<unknown>) {
  return fc
    .tuple(values, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(changed, value));
}

/** Any JSON value, as text; some of it is none. */
export const jsonTexts: fc.Arbitrary<string> = fc.oneof(
  fc.json(),
  odd.map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 40 }),
  fc.constantFrom("", "{", "[[", '{"a":', "NaN", "1e999", '{"type":1e999}'),
  fc.integer({ min: 1, max: 30_000 }).map((depth) => "[".repeat(depth)),
  fc
    .tuple(names, odd)
    .map(([name, value]) =>
      JSON.stringify(Object.fromEntries([[name, value]])),
    ),
);

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(root: unknown, { at, kind, value, name }: Change): unknown {
  const copy = structuredClone(root);
  const places: { of: Record<string, unknown>; key: string }[] = [];
  const holder: Record<string, unknown> = { root: copy };
  const visit = (of: Record<string, unknown>, key: string) => {
    places.push({ of, key });
    const inner = of[key];
    if (typeof inner !== "object" || inner === null) return;
    for (const each of Object.keys(inner))
      visit(inner as Record<string, unknown>, each);
  };
  visit(holder, "root");
  const { of, key } = places[Math.floor(at * places.length)]!;
  const here = of[key];
  switch (kind) {
    case "replace":
      set(of, key, value);
      break;
    case "remove":
      if (of !== holder) delete of[key];
      break;
    case "add":
      if (typeof here === "object" && here !== null) set(here, name, value);
      else set(of, key, value);
      break;
    case "wrap":
      set(of, key, [here]);
      break;
    case "repeat":
      set(of, key, Array(50).fill(here));
  }
  return holder["root"];
}

/** An own field even where its name means something to objects, as `JSON.parse` makes it. */
function set(of: object, key: string, value: unknown): void {
  Object.defineProperty(of, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}
