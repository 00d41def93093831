import type { RequestHandler } from "express";
import type { z } from "zod";
import * as errors from "../errors.js";
import { byMethod, operationsAt } from "./operations.js";

/**
 * Refuses what no operation takes: another version, method, type of body or
 * parameter. A path that is in no operation is left to the routes.
 */
export function checked(): RequestHandler {
  return (req, res, next) => {
    const version = /^\/(v\d+\w*)(\/|$)/.exec(req.path)?.[1];
    if (version && version !== "v1") throw errors.otherVersion(version);
    const here = operationsAt(req.path);
    if (here.length === 0) return next();
    const found = byMethod(here, req.method);
    if (!found) {
      const allowed = here.map(({ operation }) => operation.method);
      if (allowed.includes("GET")) allowed.push("HEAD" as "GET");
      res.set("Allow", allowed.join(", "));
      throw errors.badMethod(req.method, req.path, allowed);
    }
    const { query, body } = found.operation;
    const shape = (query?.shape ?? {}) as Record<string, z.ZodType>;
    for (const [name, value] of Object.entries(req.query)) {
      if (!Object.hasOwn(shape, name)) {
        throw errors.unknownParameter(name, Object.keys(shape));
      }
      const read = shape[name]?.safeParse(value);
      if (read && !read.success) {
        const [issue] = read.error.issues;
        throw errors.badParameter(name, issue?.message ?? "is not valid");
      }
    }
    const hasBody =
      req.headers["transfer-encoding"] !== undefined ||
      Number(req.headers["content-length"] ?? 0) > 0;
    if (body && hasBody && !req.is("application/json")) {
      throw errors.badContentType(req.headers["content-type"]);
    }
    next();
  };
}
