import type { Logger } from "pino";
import type { Tell } from "./events/book.js";

/** What somebody who has the token did. Never what they typed, nor what they saw. */
export type ActReason =
  | "CreatedBy"
  | "ChangedBy"
  | "DeletedBy"
  | "AttachedBy"
  | "TypedBy"
  | "ContinuedBy"
  | "ExecBy"
  | "ForwardedBy"
  | "FilesReadBy"
  | "FilesWrittenBy"
  | "SharedBy";

/** One thing that was done. */
export interface Act {
  reason: ActReason;
  /** Such as session/shop. */
  object: string;
  session: string | undefined;
  /** Who did it, in the client's own words. */
  by: string;
  /** What more there is to say of it, without secrets. */
  detail?: string | undefined;
}

/** Writes down what was done. */
export type Audit = (act: Act) => void;

/** Each act is an event, and a line of the log: one of JSON where that is the log's format. */
export function createAudit(tell: Tell, log: Logger): Audit {
  return ({ reason, object, session, by, detail }) => {
    tell({
      type: "Normal",
      reason,
      object,
      ...(session !== undefined && { session }),
      message: detail === undefined ? by : `${by}: ${detail}`,
    });
    const told = detail === undefined ? "" : ` (${detail})`;
    log.info(
      { audit: { reason, object, session, by, detail } },
      `${object} ${WORDS[reason]} by ${by}${told}`,
    );
  };
}

const WORDS: Record<ActReason, string> = {
  CreatedBy: "created",
  ChangedBy: "changed",
  DeletedBy: "deleted",
  AttachedBy: "attached to",
  TypedBy: "typed into",
  ContinuedBy: "continued",
  ExecBy: "entered with a command",
  ForwardedBy: "connected to",
  FilesReadBy: "read from",
  FilesWrittenBy: "written to",
  SharedBy: "shared",
};
