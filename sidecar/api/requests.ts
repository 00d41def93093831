import type { RequestHandler, Response } from "express";
import type { RequestBook } from "../requests/book.js";
import type { SeenRequest } from "../schema/index.js";

/** How often a watch of unmatched requests asks for them again, in milliseconds. */
const ASK_EVERY = 10_000;

/** Has unmatched requests told, where a query asks for them: for a while, and for as long as it is watched. */
export function asksForUnmatched(
  requests: Pick<RequestBook, "ask">,
): RequestHandler {
  return (req, res, next) => {
    if (req.query["unmatched"] === "true") {
      requests.ask();
      if (req.query["watch"] === "true") goOn(requests, res);
    }
    next();
  };
}

function goOn(requests: Pick<RequestBook, "ask">, res: Response): void {
  const timer = setInterval(() => requests.ask(), ASK_EVERY);
  res.on("close", () => clearInterval(timer));
}

/** Whether a request is among those that a query asks for. */
export function isWanted(
  { status }: SeenRequest,
  { session, unmatched }: Record<string, unknown>,
): boolean {
  if (session && status.session !== session) return false;
  return status.session !== undefined || unmatched === "true";
}
