import type { CreateSpec } from "../../docker/engine/engine.js";
import type { CanaryOrder } from "./canaries.js";
import type { Route } from "../schema/index.js";

/** One thing to do, by one call, with a cause that a user can read. */
export type Operation = { cause: string; lane: string } & (
  | { kind: "create"; role: string; spec: CreateSpec; token?: string }
  | { kind: "connect"; name: string; network: string; endpoint: unknown }
  | { kind: "copy-secrets"; name: string; from: string }
  | { kind: "find-site-packages"; session: string; name: string; path: string }
  | { kind: "put-kit"; name: string; folders: string[]; env: string[] }
  | { kind: "start"; name: string }
  | {
      kind: "remove";
      name: string;
      id: string;
      role: string;
      /** An interceptor that is not made anew. */
      forGood?: boolean;
    }
  | { kind: "table"; interceptor: string; version: number; routes: Route[] }
  | { kind: "drain"; interceptor: string }
  | {
      kind: "probe";
      replica: string;
      interceptor: string;
      host: string;
      port: number;
    }
  | ({ kind: "canary" } & CanaryOrder)
  | { kind: "release-pauses"; session: string }
  | { kind: "freeze"; id: string; name: string }
  | { kind: "thaw"; id: string; name: string }
  | { kind: "forget"; session: string }
);

/** A plan as people read it: one operation a line, with its cause. */
export function renderPlan(operations: Operation[]): string {
  return operations.map((op) => `${describe(op)}  # ${op.cause}`).join("\n");
}

function describe(op: Operation): string {
  switch (op.kind) {
    case "create":
      return `create ${op.role} ${op.spec.name}`;
    case "connect":
      return `connect ${op.name} to network ${op.network}`;
    case "copy-secrets":
      return `copy /run/secrets of ${op.from} to ${op.name}`;
    case "find-site-packages":
      return `look for Python's folders in ${op.name}`;
    case "put-kit":
      return `put the kit into ${op.folders.join(" and ")} of ${op.name}`;
    case "start":
    case "remove":
      return `${op.kind} ${op.name}`;
    case "table":
      return `route ${op.interceptor}: ${routes(op.routes)}`;
    case "drain":
      return `drain ${op.interceptor}`;
    case "probe":
      return `probe ${op.host}:${op.port} of ${op.replica}`;
    case "canary":
      return `send a canary to ${op.host}:${op.port}${op.from === undefined ? "" : ` from ${op.from}`}`;
    case "release-pauses":
      return `continue all pauses of ${op.session}`;
    case "freeze":
    case "thaw":
      return `${op.kind} ${op.name}`;
    case "forget":
      return `forget session ${op.session}`;
  }
}

function routes(list: Route[]): string {
  if (list.length === 0) return "everything to the original";
  return list
    .map((r) => {
      const what =
        r.match.length === 0 ? "everything" : JSON.stringify(r.match);
      const paused = r.paused ? ` (paused, ${r.whenPaused})` : "";
      return `${what} to ${r.session} at ${r.upstream.host}:${r.upstream.port}${paused}`;
    })
    .join(", ");
}
