import type { Request, Response } from "express";
import { milliseconds } from "../controller/duration.js";
import { pipeline } from "node:stream/promises";
import type { Engine } from "../../docker/engine/engine.js";
import { badRequest } from "../errors.js";
import { Duration, type Session } from "../schema/index.js";

/** Streams the replica's log; an app without a replica has none yet. */
export async function sendLogs(
  engine: Engine,
  session: Session,
  req: Request,
  res: Response,
): Promise<void> {
  const { follow, tail, since, timestamps } = req.query;
  const container = session.status.replica?.container;
  if (!container) {
    throw badRequest(`session "${session.metadata.name}" has no replica yet`);
  }
  const inspect = await engine.inspect(container);
  const log = await engine.logs(container, inspect?.Config["Tty"] === true, {
    follow: follow === "true",
    timestamps: timestamps === "true",
    ...(tail === undefined ? {} : { tail: count(tail) }),
    ...(since === undefined ? {} : { since: sinceTime(since) }),
  });
  res.type("text/plain; charset=utf-8");
  res.flushHeaders();
  // Who stops reading ends the stream: that is no failure of ours.
  await pipeline(log, res).catch(() => res.destroy());
}

function count(value: unknown): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw badRequest(`tail must be a number of lines, not "${String(value)}"`);
}

/** A length of time before now, in Unix seconds; what is longer than there was time is all. */
function sinceTime(value: unknown): number {
  const parsed = Duration.safeParse(value);
  if (!parsed.success) {
    throw badRequest(`since must be a length of time, such as 10m`);
  }
  const ago = milliseconds(parsed.data) / 1000;
  return Math.max(0, Math.floor(Date.now() / 1000) - ago);
}
