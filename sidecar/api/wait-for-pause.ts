import type { Request } from "express";
import type { Controller } from "../controller/controller.js";
import type { PauseEntry, Pauses } from "../terminals/pauses.js";

/** The longest that one request may wait, in seconds: clients give up after 30. */
const LONGEST = 25;

/** How often the session itself is looked at meanwhile. */
const LOOK_MS = 250;

/**
 * The pauses of a session. With `?wait=SECONDS`, as soon as there is one; none
 * when the time is up, when the session ends or fails, and when the client has
 * gone.
 */
export async function pausesOf(
  pauses: Pauses,
  controller: Controller,
  req: Request,
): Promise<PauseEntry[]> {
  const session =
    typeof req.query["session"] === "string" ? req.query["session"] : undefined;
  const seconds = Math.min(LONGEST, Number(req.query["wait"] ?? 0));
  if (session !== undefined && seconds > 0) {
    await change(pauses, controller, session, seconds * 1000, req);
  }
  return pauses.list(session);
}

function change(
  pauses: Pauses,
  controller: Controller,
  session: string,
  milliseconds: number,
  req: Request,
): Promise<void> {
  const over = () =>
    pauses.list(session).length > 0 || !canPause(controller, session);
  if (over()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timeout);
      clearInterval(looking);
      forget();
      req.res?.off("close", end);
      resolve();
    };
    const endIfOver = () => {
      if (over()) end();
    };
    const timeout = setTimeout(end, milliseconds);
    const looking = setInterval(endIfOver, LOOK_MS);
    const forget = pauses.onChange(endIfOver);
    req.res?.on("close", end);
  });
}

function canPause(controller: Controller, session: string): boolean {
  const found = controller
    .sessions()
    .find(({ metadata }) => metadata.name === session);
  return found !== undefined && found.status.phase !== "Failed";
}
