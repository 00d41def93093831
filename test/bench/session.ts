import { until } from "../e2e/support/poll.js";
import { ours, type Stack } from "./stack.js";

/** The header of the requests that the bench has rerouted. */
export const MATCHED = { "x-debug": "bench" };
export const MATCH = ["--match", "header:x-debug=bench"];

/** Runs something while a session is Ready, and ends the session. */
export async function withSession<T>(
  stack: Stack,
  args: string[],
  use: () => Promise<T>,
): Promise<T> {
  await stack.cli.ok("debug", ...args);
  const result = await use();
  await endSession(stack);
  return result;
}

/** Deletes all sessions; returns when replica and interceptor are gone, so that the next begins from nothing. */
export async function endSession(stack: Stack): Promise<void> {
  await stack.cli.ok("delete", "session", "--all");
  for (const role of ["replica", "interceptor"]) {
    await until(`no ${role} is left`, async () => {
      const left = await ours(stack.project, role);
      return left.length === 0;
    });
  }
}
