import type { ZodError } from "zod";
import { invalid, invalidBreakpoint } from "../errors.js";
import { NewBreakpoint, NewSession } from "../schema/index.js";

/** The session that a body asks for; rejects what the schema does not know. */
export function parseNewSession(body: unknown): NewSession {
  const parsed = NewSession.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw invalid(details(parsed.error));
}

/** The breakpoint that a body asks for; rejects what the schema does not know. */
export function parseNewBreakpoint(body: unknown): NewBreakpoint {
  const parsed = NewBreakpoint.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw invalidBreakpoint(details(parsed.error));
}

function details({ issues }: ZodError): string {
  const each = issues.map((issue) => {
    const path = issue.path.join(".");
    return path ? `${path}: ${issue.message}` : issue.message;
  });
  return each.join("; ");
}
