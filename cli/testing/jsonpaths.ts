import fc from "fast-check";

const names = fc.constantFrom("items", "metadata", "name", "n", "text", "no");
const numbers = fc.constantFrom(
  "",
  "0",
  "1",
  "-1",
  "7",
  "99999999999999999999",
);
const literals = fc.oneof(
  fc.constantFrom("1", "-1.5", "true", "'a'", '"b"', "@.name", "''", "x"),
  // Some are no regular expressions.
  fc.constantFrom("'['", "'a('", "'*'", "'^a$'", "'(?<n>'", "'\\\\'"),
);

const steps: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: names.map((name) => `.${name}`), weight: 4 },
  { arbitrary: names.map((name) => `..${name}`), weight: 1 },
  { arbitrary: fc.constantFrom("[*]", ".*", "..", "[0]"), weight: 3 },
  {
    arbitrary: fc
      .tuple(numbers, numbers, numbers)
      .map((parts) => `[${parts.join(":")}]`),
    weight: 1,
  },
  {
    arbitrary: fc.tuple(names, names).map(([a, b]) => `['${a}','${b}']`),
    weight: 1,
  },
  {
    arbitrary: fc
      .tuple(
        fc.constantFrom("name", "name", "metadata.name", "n"),
        fc.constantFrom(
          "=~",
          "=~",
          "==",
          "!=",
          "<",
          ">",
          "<=",
          ">=",
          "=~",
          "<>",
        ),
        literals,
      )
      .map(
        ([name, operator, literal]) => `[?(@.${name}${operator}${literal})]`,
      ),
    weight: 2,
  },
  { arbitrary: names.map((name) => `[?(@.${name})]`), weight: 1 },
);

/** Paths such as `.items[*].metadata.name`, most of which find something. */
export const paths: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(".items", ".items", ".items[*]", ""),
    fc.array(steps, { minLength: 1, maxLength: 3 }),
  )
  .map(([begin, parts]) => begin + parts.join(""));

/** Templates of kubectl's jsonpath. */
export const templates: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      paths.map((path) => `{${path}}`),
      paths.map((path) => `{range ${path}}{@}{"\\n"}{end}`),
      fc.constantFrom("text", "{'quoted'}", "{@}", "{$}"),
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(""));

/** Openings without an end, ever deeper. */
export const deepPaths: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("[", "[?(@", "[?(@.a==", "['", "{", "..", "['a',["),
    fc.integer({ min: 1, max: 4_000 }),
    fc.constantFrom("]", ")]", "']", "}", ""),
  )
  .map(([open, times, close]) => open.repeat(times) + close.repeat(times));
