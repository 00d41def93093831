import type { Condition } from "../sidecar/schema/condition.js";
import type { Session } from "../sidecar/schema/session.js";
import type { Cli } from "./cli.js";
import { printable } from "../sidecar/schema/printable.js";

/** Shows how a session comes about: one line for each step that is done. */
export interface Progress {
  saw(session: Session): void;
}

/** What a condition that came true means as a step; its message has the details. */
const STEPS: Record<string, string> = {
  TargetFound: "target found",
  ReplicaRunning: "replica is running",
  Debuggable: "app is up",
  Routed: "requests are rerouted",
  RouteProven: "route is proven",
};

/** A reason not to be ready is worth a line once it has lasted so long. */
const STUCK_AFTER_MS = 2_000;

/** Progress on the error stream, each line with the seconds since now. */
export function showProgress(cli: Cli): Progress {
  const start = cli.now();
  const said = new Set<string>();
  let stuck = { message: "", since: start };

  function say(text: string): void {
    if (said.has(text)) return;
    said.add(text);
    const seconds = ((cli.now() - start) / 1000).toFixed(1).padStart(5);
    cli.streams.err.write(`${seconds}s  ${printable(text)}\n`);
  }

  return {
    saw({ status: { conditions } }) {
      for (const condition of conditions) {
        for (const text of steps(condition)) say(text);
      }
      const { message = "" } = conditions.find(isNotReady) ?? {};
      if (message !== stuck.message) stuck = { message, since: cli.now() };
      if (message && cli.now() - stuck.since >= STUCK_AFTER_MS) {
        say(`waiting: ${message}`);
      }
    },
  };
}

/** The lines of a condition that is a step done, or warns. */
function steps(condition: Condition): string[] {
  const { type, status, message } = condition;
  // Ready only sums the others up; that something is paused is no step.
  if (type === "Ready" || type === "Paused") return [];
  if (type === "SecondInstance") return warnings(condition);
  if (type === "OldConnections") return [`warning: ${message}`];
  if (status === "False" && type === "Debuggable") {
    return [`warning: ${message}`];
  }
  if (status !== "True") return [];
  const what = STEPS[type];
  return [what ? `${what}: ${message}` : message];
}

/** What is risky about a second instance of the app, a line each. */
export function warnings({ type, status, message }: Condition): string[] {
  if (type !== "SecondInstance" || status !== "True") return [];
  return message.split("; ").map((risk) => `warning: ${risk}`);
}

function isNotReady({ type, status }: Condition): boolean {
  return type === "Ready" && status !== "True";
}
