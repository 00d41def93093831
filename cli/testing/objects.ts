import { API_VERSION } from "../../sidecar/schema/constants.js";
import type {
  Breakpoint,
  Event,
  Pause,
  ProcessStacks,
  SeenRequest,
  Session,
  Stacks,
  Target,
} from "../../sidecar/schema/index.js";

/** The time at which the objects below are looked at. */
export const NOW = Date.parse("2026-05-04T12:00:00Z");

/** A date so many seconds before `NOW`. */
export function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

/** A target of a service named `shop`, or as given. */
export function aTarget(
  name = "shop",
  status: Partial<Target["status"]> = {},
): Target {
  return {
    apiVersion: API_VERSION,
    kind: "Target",
    metadata: { name, creationTimestamp: ago(3600 * 5) },
    status: {
      containers: [`demo-${name}-1`],
      image: `demo-${name}`,
      state: "running",
      ports: [8000],
      sessions: [],
      ...status,
    },
  };
}

/** A session that is Ready, with one matched header, or as given. */
export function aSession(
  name = "shop",
  status: Partial<Session["status"]> = {},
  spec: Partial<Session["spec"]> = {},
): Session {
  return {
    apiVersion: API_VERSION,
    kind: "Session",
    metadata: { name, creationTimestamp: ago(125) },
    spec: {
      target: "shop",
      match: [{ header: { "x-debug": "alice" } }],
      onException: "browser",
      concurrency: "sync",
      whenPaused: "queue",
      original: "keep",
      ...spec,
    },
    status: {
      phase: "Ready",
      conditions: [
        condition("ReplicaCreated", "True", "replica shop-replica created"),
        condition("Ready", "True", "requests are rerouted"),
      ],
      targets: ["demo-shop-1"],
      port: 8000,
      replica: {
        container: "shop-replica",
        runtime: "python 3.11.2",
        server: "gunicorn 20.1.0",
      },
      pin: "123-456-789",
      pauses: 0,
      requests: { replica: 12, original: 340 },
      ...status,
    },
  };
}

/** A condition that came about two minutes ago. */
export function condition(
  type: string,
  status: "True" | "False" | "Unknown",
  message: string,
  reason = "Test",
): Session["status"]["conditions"][number] {
  return { type, status, reason, message, lastTransitionTime: ago(120) };
}

/** A pause in a view of session `shop`, or as given. */
export function aPause(
  name = "3f9c2a1b",
  status: Partial<Pause["status"]> = {},
  age = 30,
): Pause {
  return {
    apiVersion: API_VERSION,
    kind: "Pause",
    metadata: { name, creationTimestamp: ago(age) },
    status: {
      session: "shop",
      reason: "breakpoint",
      location: { file: "/app/shop/views.py", line: 42, function: "order" },
      thread: "MainThread",
      pid: 12,
      request: {
        method: "GET",
        path: "/orders/7?pdb=1",
        client: "172.18.0.5",
      },
      viewers: 0,
      ...status,
    },
  };
}

/** A request that session `shop` has matched, or as given. */
export function aRequest(
  name = "3f9c2a1b-1",
  status: Partial<SeenRequest["status"]> = {},
  age = 30,
): SeenRequest {
  return {
    apiVersion: API_VERSION,
    kind: "Request",
    metadata: { name, creationTimestamp: ago(age) },
    status: {
      session: "shop",
      container: "demo-shop-1",
      method: "GET",
      path: "/orders/7",
      client: "172.18.0.5",
      route: "replica",
      reason: "session shop: clause 1 matches",
      state: "ended",
      status: 200,
      answeredMs: 11.5,
      durationMs: 12.4,
      received: 90,
      sent: 2048,
      ...status,
    },
  };
}

/** The stacks of a session's replica: one process with one thread in a view, or as given. */
export function aStacks(
  name = "shop",
  ...processes: Partial<ProcessStacks>[]
): Stacks {
  const all = processes.length > 0 ? processes : [{}];
  return {
    apiVersion: API_VERSION,
    kind: "Stacks",
    metadata: { name, creationTimestamp: ago(0) },
    status: {
      processes: all.map((process) => ({
        pid: 7,
        runtime: "python 3.11.2",
        server: "gunicorn 20.1.0",
        threads: [
          {
            thread: "MainThread",
            state: "waiting for a lock",
            request: {
              method: "GET",
              path: "/orders/7",
              client: "172.18.0.5",
            },
            frames: [
              {
                file: "/app/shop/views.py",
                line: 42,
                function: "order",
                source: "lock.acquire()",
              },
              { file: "<frozen runpy>", line: 88, function: "_run_code" },
            ],
            omitted: 0,
          },
        ],
        ...process,
      })),
    },
  };
}

/** A breakpoint of session `shop` that was found, or as given. */
export function aBreakpoint(
  name = "shop-b1",
  status: Partial<Breakpoint["status"]> = {},
  spec: Partial<Breakpoint["spec"]> = {},
): Breakpoint {
  return {
    apiVersion: API_VERSION,
    kind: "Breakpoint",
    metadata: { name, creationTimestamp: ago(60) },
    spec: { session: "shop", at: "shop/views.py:42", ...spec },
    status: {
      state: "Verified",
      locations: [{ file: "/app/shop/views.py", line: 42, function: "order" }],
      hits: 0,
      ...status,
    },
  };
}

/** An event that happened once to the session `shop`, 5 s ago, or as given. */
export function anEvent(
  name = "shop.1",
  status: Partial<Event["status"]> = {},
): Event {
  return {
    apiVersion: API_VERSION,
    kind: "Event",
    metadata: { name, creationTimestamp: status.firstSeen ?? ago(5) },
    status: {
      type: "Normal",
      reason: "Ready",
      object: "session/shop",
      session: "shop",
      message: "requests that match go to the replica",
      count: 1,
      firstSeen: ago(5),
      lastSeen: ago(5),
      ...status,
    },
  };
}
