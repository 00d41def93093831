import type { RequestHandler } from "express";
import type { ActReason, Audit } from "../audit.js";
import { whoAsks } from "./who.js";

/** What is written down, by method and path; its second group is the object's name, if it is known before. */
const ACTS: [method: string, path: RegExp, reason: ActReason][] = [
  ["POST", /^\/v1\/(sessions|breakpoints)$/, "CreatedBy"],
  ["PUT", /^\/v1\/(sessions|breakpoints)\/([^/]+)$/, "ChangedBy"],
  ["DELETE", /^\/v1\/(sessions|breakpoints)\/([^/]+)$/, "DeletedBy"],
  ["POST", /^\/v1\/(pauses)\/([^/]+)\/continue$/, "ContinuedBy"],
  ["GET", /^\/v1\/(sessions)\/([^/]+)\/archive$/, "FilesReadBy"],
  ["PUT", /^\/v1\/(sessions)\/([^/]+)\/archive$/, "FilesWrittenBy"],
  ["GET", /^\/v1\/(sessions)\/([^/]+)\/share$/, "SharedBy"],
];

/** What of an answer tells which object it was. */
interface Answered {
  metadata?: { name?: string };
  spec?: { session?: string };
  status?: { session?: string };
}

/** Writes down what was done by requests, once they have been answered and were not refused. */
export function audited(audit: Audit): RequestHandler {
  return (req, res, next) => {
    const { method, path } = req;
    const act = ACTS.find(([m, pattern]) => m === method && pattern.test(path));
    if (!act || req.query["dryRun"] === "true") return next();
    const [, pattern, reason] = act;
    const [, plural = "", given] = pattern.exec(path) ?? [];
    let answered: Answered = {};
    const send = res.json.bind(res);
    res.json = (body: Answered) => {
      answered = body;
      return send(body);
    };
    res.on("finish", () => {
      if (res.statusCode >= 300) return;
      const name = answered.metadata?.name ?? decodeURIComponent(given ?? "");
      const { spec, status } = answered;
      const of = status?.session ?? spec?.session;
      const file = req.query["path"];
      audit({
        reason,
        object: `${plural.slice(0, -1)}/${name}`,
        session: plural === "sessions" ? name : of,
        by: whoAsks(req),
        detail: typeof file === "string" ? file : undefined,
      });
    });
    next();
  };
}
