import { describe, expect, test } from "vitest";
import { NewBreakpoint } from "./breakpoint.js";
import { fieldProblems } from "./field-problems.js";
import { NewSession } from "./session.js";

const problems = (body: unknown) =>
  fieldProblems(
    NewSession,
    NewSession.safeParse(body).error as NonNullable<
      ReturnType<typeof NewSession.safeParse>["error"]
    >,
  );

describe("an unknown field", () => {
  test.each([
    [{ target: "a", matches: [] }, "spec.matches", "spec.match"],
    [{ target: "a", maxwait: "1s" }, "spec.maxwait", "spec.maxWait"],
    [
      { target: "a", match: [{ headers: { a: "b" } }] },
      "spec.match[0].headers",
      "spec.match[0].header",
    ],
    [
      { target: "a", probes: { path: [] } },
      "spec.probes.path",
      "spec.probes.paths",
    ],
    [
      { target: "a", breakpoints: [{ at: "a.py:1", iff: "x" }] },
      "spec.breakpoints[0].iff",
      "spec.breakpoints[0].if",
    ],
  ])("%j", (spec, wrong, right) => {
    expect(problems({ spec }).map(({ message }) => message)).toContain(
      `unknown field "${wrong}", did you mean "${right}"?`,
    );
  });

  test("like none: all are named", () => {
    const [problem] = problems({ spec: { target: "a" }, metadata: { zzz: 1 } });
    expect(problem).toEqual({
      path: ["metadata", "zzz"],
      message: 'unknown field "metadata.zzz", there are: name, labels',
    });
  });
});

test("a value that is wrong is named with its place", () => {
  expect(problems({ spec: { target: "a", port: 0 } })[0]?.message).toMatch(
    /^spec\.port: Too small/,
  );
  const { error } = NewBreakpoint.safeParse({
    spec: { at: "x", session: "s" },
  });
  expect(error && fieldProblems(NewBreakpoint, error)[0]?.message).toBe(
    "spec.at: must be FILE:LINE, such as shop/views.py:42",
  );
});
