import { execFile } from "node:child_process";
import * as errors from "../errors.js";
import type { BreakpointSpec, KitMessage, ToKit } from "../schema/index.js";

/** What is wrong with a condition or a log message; nothing: it is understood. */
export type ExpressionProblem = Extract<
  KitMessage,
  { type: "checked" }
>["problem"];

/** Asks a replica's own Python; undefined where there is none to ask. */
export type AskKit = (
  question: Omit<Extract<ToKit, { type: "check" }>, "query">,
) => Promise<ExpressionProblem | undefined>;

/** Rejects, showing where, unless the expressions of a breakpoint can be understood. */
export type CheckExpressions = (
  spec: BreakpointSpec,
  askKit?: AskKit,
) => Promise<void>;

const CHECKER = new URL(
  // The compiled file is two folders deeper than in a checkout.
  import.meta.url.includes("/dist/")
    ? "../../../docker/kit/python/sidestep_kit/expressions.py"
    : "../../docker/kit/python/sidestep_kit/expressions.py",
  import.meta.url,
).pathname;

const CHECK_MS = 5_000;

/**
 * Checks with a Python of the sidecar's own, in a process by itself that may
 * crash or hang, then with the replica's, which may be of another version and
 * has the last word.
 */
export const checkExpressions: CheckExpressions = async (spec, askKit) => {
  if (spec.if === undefined && spec.log === undefined) return;
  const question = {
    type: "check" as const,
    ...(spec.if === undefined ? {} : { if: spec.if }),
    ...(spec.log === undefined ? {} : { log: spec.log }),
  };
  const ours = await ask(question);
  // What this Python refuses, a newer one may know: it is asked all the same.
  const theirs = await askKit?.(question);
  const problem = theirs === undefined ? ours : theirs;
  if (!problem) return;
  const text = (problem.field === "if" ? spec.if : spec.log) ?? "";
  throw errors.invalidExpression(
    problem.field,
    text,
    problem.message,
    problem.at,
  );
};

function ask(question: object): Promise<ExpressionProblem> {
  return new Promise((resolve, reject) => {
    const options = { timeout: CHECK_MS, killSignal: "SIGKILL" as const };
    const child = execFile(
      "python3",
      ["-I", CHECKER],
      options,
      (error, stdout) => {
        if (error) return reject(errors.cannotCheck(error.message));
        resolve(JSON.parse(stdout) as ExpressionProblem);
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(`${JSON.stringify(question)}\n`);
  });
}
