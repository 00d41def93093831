import type { RequestHandler } from "express";

/**
 * For answers that a browser might show: a log or a file of a replica is never
 * a page, in no frame, and no other site's to load.
 */
export const SAFE_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Gives every answer those headers. */
export function safeHeaders(): RequestHandler {
  return (_req, res, next) => {
    res.set(SAFE_HEADERS);
    next();
  };
}
