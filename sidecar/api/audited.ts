import type { RequestHandler } from "express";
import type { Audit } from "../audit.js";
import { byMethod, operationsAt } from "./operations.js";
import { whoAsks } from "./who.js";

/** What of an answer tells which object it was, and whose. */
interface Answered {
  metadata?: { name?: string };
  spec?: { session?: string };
  status?: { session?: string };
}

/** Writes down what was done by requests, once they have been answered and were not refused. */
export function audited(audit: Audit): RequestHandler {
  return (req, res, next) => {
    const found = byMethod(operationsAt(req.path), req.method);
    const reason = found?.operation.act;
    if (!reason || req.query["dryRun"] === "true") return next();
    const plural = found.operation.path.split("/")[2] ?? "";
    let answered: Answered = {};
    const send = res.json.bind(res);
    res.json = (body: Answered) => {
      answered = body;
      return send(body);
    };
    res.on("finish", () => {
      if (res.statusCode >= 300) return;
      const { metadata, spec, status } = answered;
      const name = metadata?.name ?? decodeURIComponent(found.names[0] ?? "");
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
