import type { Condition, Session } from "../schema/index.js";
import type { News } from "./book.js";

/** Reasons that pass by in every start: no news. */
export const PASSING = new Set([
  "Looking",
  "NotCreated",
  "Created",
  "Rerouting",
  "CanaryAwaited",
  "Restoring",
]);

/** What is news in a session's conditions, compared with those before. Pure. */
export function sessionNews(before: Condition[], session: Session): News[] {
  const { metadata, status } = session;
  const news = (type: News["type"], { reason, message }: Condition): News => ({
    type,
    reason,
    object: `session/${metadata.name}`,
    session: metadata.name,
    message,
  });
  return status.conditions.flatMap((condition) => {
    const { type, reason, message } = condition;
    const old = before.find((each) => each.type === type);
    const isTrue = condition.status === "True";
    switch (type) {
      case "Ready": {
        if (old?.reason === reason || PASSING.has(reason)) return [];
        // What starts is no trouble; what has failed or has no target is.
        const trouble = status.phase === "Failed" || status.phase === "Pending";
        return [news(!isTrue && trouble ? "Warning" : "Normal", condition)];
      }
      case "Debuggable":
        return old?.reason !== reason && condition.status === "False"
          ? [news("Warning", condition)]
          : [];
      case "SecondInstance":
        return isTrue && old?.message !== message
          ? [news("Warning", condition)]
          : [];
      case "OldConnections":
        return isTrue && !old ? [news("Warning", condition)] : [];
      default:
        return [];
    }
  });
}
