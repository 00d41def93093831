import { invalid } from "../errors.js";
import { NewSession } from "../schema/index.js";

/** The session that a body asks for; rejects what the schema does not know. */
export function parseNewSession(body: unknown): NewSession {
  const parsed = NewSession.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => {
    const path = issue.path.join(".");
    return path ? `${path}: ${issue.message}` : issue.message;
  });
  throw invalid(details.join("; "));
}
