import type { RequestHandler } from "express";
import { createExposition, type Exposition } from "../metrics/exposition.js";
import type { Figured } from "../metrics/families.js";

/** Answers a scrape by Prometheus. */
export function metrics(figured: Figured): RequestHandler {
  let exposition: Promise<Exposition> | undefined;
  return async (_req, res) => {
    exposition ??= createExposition(figured);
    const { contentType, text } = await exposition;
    res.type(contentType).send(await text());
  };
}
