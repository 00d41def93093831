import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check, limit, runs, watchUnhandled } from "../test/support/fuzzing.js";
import {
  formatMatch,
  MatchSyntaxError,
  parseMatch as parseMatchText,
} from "../sidecar/schema/match-text.js";
import { parseProbes, ProbeSyntaxError } from "../sidecar/schema/probe-text.js";
import { parseDetachKeys } from "./detach-keys.js";
import { parseDuration } from "./duration.js";
import { UserError } from "./errors.js";
import { TemplateError } from "./jsonpath/path.js";
import { render } from "./jsonpath/render.js";
import { parseTemplate } from "./jsonpath/template.js";
import { customTable, parseColumns } from "./print/custom-columns.js";
import { parseSelector, selects } from "./select/selector.js";
import { commandLines, mutated, shellWords } from "./testing/command-lines.js";
import { deepPaths, paths, templates } from "./testing/jsonpaths.js";
import { documentedProgram } from "./testing/reference.js";
import { aWorld } from "./testing/world.js";

// Whatever is typed must end with words that help, and a documented exit code.
const LINES = 1_000;
const TEXTS = 1_000;

/** How long a command may go on until it is told to stop, and after that, in milliseconds. */
const PATIENCE_MS = 300;
const HANG_MS = 10_000;

const nothingUnhandled = watchUnhandled();
const before = process.cwd();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-fuzz-"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const program = await documentedProgram();

/** The examples of all helps, as words. */
const examples: string[][] = [];
for (const { name } of program.commands.map((each) => ({
  name: each.name(),
}))) {
  const { out } = await aWorld().run([name, "--help"]);
  for (const [, line = ""] of out.matchAll(/^ {2}(?:.*\| )?sidestep (.+)$/gm))
    examples.push(shellWords(line.split(" > ")[0] ?? ""));
}

/** Runs a command line, and tells it to stop where it goes on. */
async function ended(words: string[]) {
  const cli = aWorld();
  // It waits for what never comes: somebody presses Ctrl-C, in its own time.
  cli.steps.push(...Array.from({ length: 200 }, () => () => {}), () =>
    cli.signal("SIGINT"),
  );
  const ran = cli.run(words);
  const stop = setInterval(() => cli.signal("SIGINT"), PATIENCE_MS);
  let hang: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_resolve, reject) => {
    hang = setTimeout(() => reject(new Error("it does not end")), HANG_MS);
  });
  try {
    return { ...(await Promise.race([ran, hung])), signalled: cli.ended };
  } finally {
    clearInterval(stop);
    clearTimeout(hang);
  }
}

/** What a message has that was not meant for people. */
const LEAKS = [/^\s+at .*[:(]\d+/m, /undefined/, /\[object /, /\bNaN\b/];

/** What was given may be said back, whatever it is. */
function mustNotLeak(message: string, given: string): void {
  for (const leak of LEAKS) {
    if (!leak.test(given)) expect(message).not.toMatch(leak);
  }
}

test(
  `${runs(LINES)} command lines must end, with a documented exit code and words that help`,
  async () => {
    let good = 0;
    await check(LINES, commandLines(program, examples), async (words) => {
      const { out, err, code, signalled } = await ended(words);
      const diff = words.includes("diff") ? [2] : [];
      expect([0, 1, 130, ...diff]).toContain(signalled ?? code);
      mustNotLeak(err, words.join(" "));
      // An error says something, one that was found by `diff` on stdout.
      if (code === 1) expect(err + out).not.toBe("");
      if (code === 0) good++;
    });
    nothingUnhandled();
    // Else nothing was tried but refusals.
    expect(good).toBeGreaterThan(runs(LINES) / 20);
  },
  limit(LINES),
);

/** Runs what reads a text that was given: it may refuse it only by an error that is meant for people. */
function read<T>(
  text: string,
  parse: () => T,
  ...refusals: (new (...args: never[]) => Error)[]
): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (refusals.some((each) => error instanceof each)) {
      mustNotLeak((error as Error).message, text);
      return undefined;
    }
    throw error;
  }
}

/** Texts near to what is taken. */
const near = (...pieces: string[]) =>
  fc.oneof(
    fc
      .array(
        fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 2 })),
        {
          maxLength: 12,
        },
      )
      .map((parts) => parts.join("")),
    fc
      .tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: 3_000 }))
      .map(([piece, times]) => piece.repeat(times)),
  );

const DOCUMENT = {
  kind: "List",
  items: [
    {
      ...{ name: "a", metadata: { name: "a", labels: { b: "c" } } },
      n: [1, 2, { x: null }],
    },
    { name: "b", metadata: { name: "b" }, n: [], text: "d", yes: true },
  ],
};

describe("what is read from a text", () => {
  test(
    "a length of time is a finite number, or refused",
    () =>
      check(
        TEXTS,
        near("1", "30", "s", "m", "h", "ms", "-", ".", "9"),
        (text) => {
          const read = parseDuration(text);
          if (read !== undefined) expect(Number.isFinite(read)).toBe(true);
        },
      ),
    limit(TEXTS),
  );

  test(
    "a selector selects, or is refused",
    () =>
      check(
        TEXTS,
        near("a", "=", "!=", "!", ",", " in ", "(", ")", "notin", "b", " "),
        (text) => {
          const requirements = read(text, () => parseSelector(text), UserError);
          if (requirements) selects(requirements, { a: "b" });
        },
      ),
    limit(TEXTS),
  );

  test(
    "a jsonpath finds, or is refused",
    () =>
      check(
        TEXTS,
        fc.oneof(
          { arbitrary: templates, weight: 10 },
          { arbitrary: mutated(templates), weight: 10 },
          { arbitrary: deepPaths.map((path) => `{${path}}`), weight: 1 },
        ),
        (text) => {
          read(
            text,
            () => render(parseTemplate(text), DOCUMENT),
            TemplateError,
          );
        },
      ),
    limit(TEXTS),
  );

  test(
    "columns are columns, or refused",
    () =>
      check(
        TEXTS,
        fc.oneof(
          {
            arbitrary: mutated(paths.map((path) => `NAME:${path},B:.b`)),
            weight: 20,
          },
          { arbitrary: deepPaths.map((path) => `NAME:${path}`), weight: 1 },
        ),
        (text) => {
          const columns = read(text, () => parseColumns(text), UserError);
          for (const column of customTable(columns ?? []))
            read(text, () => column.cell(DOCUMENT), UserError);
        },
      ),
    limit(TEXTS),
  );

  test(
    "keys to detach are bytes, or refused",
    () =>
      check(TEXTS, near("ctrl-", "p", ",", "[", "\\", "ü"), (text) => {
        for (const byte of parseDetachKeys(text) ?? [])
          expect(byte).toBeLessThan(128);
      }),
    limit(TEXTS),
  );

  test(
    "probes are globs, or refused",
    () =>
      check(TEXTS, near("path=", "agent=", "/", "*", "a", "="), (text) => {
        read(text, () => parseProbes([text]), ProbeSyntaxError);
      }),
    limit(TEXTS),
  );

  test(
    "a match is read as it was meant, once and again, or refused",
    () =>
      check(
        TEXTS,
        near(
          ...["header:", "cookie:", "query:", "baggage:", "path=", "method="],
          ...[
            "client=",
            "x",
            "=",
            ",",
            "|",
            "*",
            "/",
            "10.0.0.0/8",
            "__proto__",
          ],
        ),
        (text) => {
          const match = read(
            text,
            () => parseMatchText(text),
            MatchSyntaxError,
          );
          if (!match) return;
          expect(parseMatchText(formatMatch(match))).toEqual(match);
        },
      ),
    limit(TEXTS),
  );
});
