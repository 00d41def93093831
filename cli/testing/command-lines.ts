import type { Command, Option } from "commander";
import fc from "fast-check";
import { paths, templates } from "./jsonpaths.js";
import { RESOURCE_TYPES, shortNames, singular } from "../resources.js";

/** What is not fuzzed but asked for its help: it runs programs of this machine, or writes where it is told to. */
const ONLY_HELP = ["doctor", "plugin"];

/** Words that stand for things, in the world of `aWorld` and out of it. */
const operands = fc.oneof(
  fc.constantFrom(
    ...RESOURCE_TYPES.flatMap((type) => [type, singular(type)]),
    ...RESOURCE_TYPES.flatMap(shortNames),
  ),
  fc.constantFrom(
    ...["shop", "shop-x7k2p", "session/shop-x7k2p", "pause/3f9c2a1b"],
    ...["target/shop", "breakpoint/shop-x7k2p-b1", "request/3f9c2a1b-1"],
    ...["shop/views.py:42", "sessions,pauses", "session.spec.match", "bash"],
    ...["shop-x7k2p:/tmp/a", "a.tar", "8000", "8000:8001", ":8000", "all"],
  ),
);

/** Words that nobody means. */
const oddities = fc.oneof(
  fc.constantFrom("", " ", "-", "--", "=", "/", "a/", "/a", "a/b/c", ","),
  fc.constantFrom("session/", "pause/..", "-1", "0", "1e9", "__proto__", "\n"),
  fc.constantFrom("constructor", "session/constructor", "ünïcødé", "💥", "\0"),
  fc.constantFrom("--output", "-o", "--help=true", "--=", "---", "-öx"),
  fc.integer({ min: 1, max: 5 }).map((power) => "x".repeat(8 ** power)),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
);

const durations = fc.constantFrom("30s", "1h30m", "-1s", "0", "1.5d", "9m");

/** What flags take, by their names. */
const TAKEN: [RegExp, fc.Arbitrary<string>][] = [
  [
    /output/,
    fc.oneof(
      fc.constantFrom("json", "yaml", "wide", "name", "jsonpath-file=nope"),
      templates.map((text) => `jsonpath=${text}`),
      templates.map((text) => `jsonpath-as-json=${text}`),
      paths.map((path) => `custom-columns=A:${path},B:.b`),
    ),
  ],
  [/sort-by/, paths],
  [
    /selector|labels/,
    fc.constantFrom("a=b", "a!=b,c in (d,e)", "!a", "a notin (b)", "a"),
  ],
  [
    /^--for/,
    fc.oneof(
      fc.constantFrom("condition=Ready", "condition=Paused=False", "delete"),
      fc.constantFrom("create", "session/shop-x7k2p", "pause/3f9c2a1b"),
    ),
  ],
  [
    /match/,
    fc.constantFrom(
      ...["header:x-debug=alice", "path=/a/*", "client=10.0.0.0/8"],
      ...["method=GET", "cookie:a=b", "query:a=b", "baggage:k=v"],
    ),
  ],
  [/timeout|wait|ttl|since|period/, durations],
  [/tail|port|priority/, fc.constantFrom("0", "1", "-1", "8000", "65536")],
  [/dry-run/, fc.constantFrom("client", "server", "none")],
  [/filename/, fc.constantFrom("-", "nope.yaml", ".")],
];

/** Values of flags that are words of their own. */
const others = fc.constantFrom(
  ...["path=/alive", "agent=lb/*", "views.py:42", "qty < 0", "A=1", "-"],
  ...["ctrl-p,ctrl-q", "ctrl-]", "shop", "browser", "threads", "reject"],
  ...["Warning", "queue", "pause", "keep", "terminal", "exec", "direct"],
);

/** The same with a few characters put in, taken out or repeated. */
export function mutated(words: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 4 }),
    piece: fc.oneof(
      fc.constantFrom(..."{}[]()'\"\\.,:=*?@!<>~%/-+$"),
      fc.constantFrom("[?(", "=~", "..", "'['", "[0:0:-1]", "\u{10ffff}"),
      fc.string({ maxLength: 3 }),
    ),
    times: fc.constantFrom(1, 1, 1, 2, 3_000),
  });
  return fc
    .tuple(words, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([word, changes]) =>
      changes.reduce((text, { at: share, length, piece, times }) => {
        const at = Math.floor(share * text.length);
        return (
          text.slice(0, at) + piece.repeat(times) + text.slice(at + length)
        );
      }, word),
    );
}

function valuesFor(flag: string): fc.Arbitrary<string> {
  const [, own = others] = TAKEN.find(([name]) => name.test(flag)) ?? [];
  return fc.oneof(
    { arbitrary: own, weight: 6 },
    { arbitrary: mutated(own), weight: 4 },
    { arbitrary: fc.oneof(others, durations, operands), weight: 1 },
    { arbitrary: oddities, weight: 1 },
  );
}

const operandWords = fc.oneof(
  { arbitrary: operands, weight: 6 },
  { arbitrary: mutated(operands), weight: 2 },
  { arbitrary: oddities, weight: 1 },
);

/** The words of a line of shell: blanks part, single quotes keep. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
}

/**
 * Command lines of the program: its commands and flags, with values that may
 * be theirs, another's, broken or nobody's.
 * @param examples good ones, some of which are changed a little
 */
export function commandLines(
  program: Command,
  examples: string[][],
): fc.Arbitrary<string[]> {
  const lines = pathsOf(program).map(({ words, command }) => {
    const flags = [...command.options, ...program.options];
    const part = fc.oneof(
      { arbitrary: operandWords.map((word) => [word]), weight: 3 },
      { arbitrary: fc.constantFrom(...flags).chain(flagWords), weight: 4 },
    );
    const rest = ONLY_HELP.includes(words[0] ?? "")
      ? fc.constant([["--help"]])
      : fc.array(part, { maxLength: 5 });
    return rest.map((parts) => [...words, ...parts.flat()]);
  });
  const safe = examples.filter(([verb = ""]) => !ONLY_HELP.includes(verb));
  const anything = fc
    .array(fc.oneof(oddities, operands), { maxLength: 4 })
    .filter(([first = ""]) => !ONLY_HELP.includes(first));
  return fc
    .oneof(
      { arbitrary: fc.oneof(...lines), weight: 10 },
      { arbitrary: fc.constantFrom(...safe).chain(likeIt), weight: 10 },
      { arbitrary: anything, weight: 1 },
    )
    .filter((words) => words.every(isHere));
}

/** A line in which a word is another one, or broken, or gone, or there is one more. */
function likeIt(words: string[]): fc.Arbitrary<string[]> {
  return fc
    .record({
      at: fc.integer({ min: 1, max: words.length }),
      gone: fc.integer({ min: 0, max: 1 }),
      put: fc.array(
        fc.oneof(
          mutated(fc.constantFrom(...words)),
          operandWords,
          fc.constantFrom("--verbose=true", "--dry-run=client", "--help"),
          fc.constantFrom("-o", "json", "-o=name", "--", "--attach=false"),
        ),
        { maxLength: 2 },
      ),
    })
    .map(({ at, gone, put }) => words.toSpliced(at, gone, ...put));
}

/** Files are read and written in the folder of the test alone. */
const isHere = (word: string) =>
  (!/^[-\w]*=?\s*[/~]/.test(word) && !word.includes("..")) ||
  word.includes(":/");

function pathsOf(
  command: Command,
  words: string[] = [],
): { words: string[]; command: Command }[] {
  return command.commands.flatMap((each) => {
    const path = [...words, each.name()];
    return [{ words: path, command: each }, ...pathsOf(each, path)];
  });
}

function flagWords(option: Option): fc.Arbitrary<string[]> {
  const name = option.long ?? option.short ?? "";
  if (!option.required && !option.optional) {
    return fc.constantFrom([name], [name], [`${name}=true`], [`${name}=false`]);
  }
  return valuesFor(name).chain((value) =>
    fc.constantFrom(
      [name, value],
      [name, value],
      [`${name}=${value}`],
      ...(option.short ? [[`${option.short}${value}`]] : []),
      [name],
    ),
  );
}
