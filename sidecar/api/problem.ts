import type { UserError } from "../errors.js";
import type { ProblemDocument } from "../schema/index.js";

/** The media type of problem documents (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";

/** An error as a problem document. */
export function problem(error: UserError): ProblemDocument {
  const { code, status, message, hint } = error;
  return {
    // A URI that names, and leads nowhere, as RFC 9457 says of `tag:`.
    type: `tag:sidestep.dev,2026:problem/${code}`,
    title: titleOf(code),
    status,
    detail: message,
    code,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** `PortAmbiguous` as `Port ambiguous`. */
function titleOf(code: string): string {
  const words = code.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`);
  return words.slice(0, 1) + words.slice(1).toLowerCase();
}
