import type { ZodError, ZodType } from "zod";
import { invalid, invalidBreakpoint } from "../errors.js";
import { fieldProblems, NewBreakpoint, NewSession } from "../schema/index.js";

/** The session that a body asks for; rejects what the schema does not know. */
export function parseNewSession(body: unknown): NewSession {
  const parsed = NewSession.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw invalid(details(NewSession, parsed.error));
}

/** The breakpoint that a body asks for; rejects what the schema does not know. */
export function parseNewBreakpoint(body: unknown): NewBreakpoint {
  const parsed = NewBreakpoint.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw invalidBreakpoint(details(NewBreakpoint, parsed.error));
}

function details(schema: ZodType, error: ZodError): string {
  const problems = fieldProblems(schema, error);
  return problems.map(({ message }) => message).join("; ");
}
