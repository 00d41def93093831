import type { Condition } from "../schema/index.js";
import { proofKey, type Proof } from "./canaries.js";
import {
  interceptorOf,
  type DesiredSession,
  type TargetContainer,
  type World,
} from "./world.js";

type Finding = Omit<Condition, "type" | "lastTransitionTime">;

/** Whether a canary request was seen by the interceptor of every container of the target. */
export function routeProven(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
  port: number | undefined,
): Finding {
  const proofs = containers.map((container) =>
    proofAt(world, session, container, port ?? 0),
  );
  const missed = proofs.findIndex((proof) => proof?.state === "missed");
  if (missed >= 0) {
    const name = containers[missed]!.inspect.Name.replace(/^\//, "");
    return {
      status: "False",
      reason: "CanaryNotSeen",
      message: notSeen(name, port ?? 0, proofs[missed]!),
    };
  }
  const seen = proofs.filter((proof) => proof?.state === "seen");
  if (seen.length === 0 || seen.length < containers.length) {
    return {
      status: "Unknown",
      reason: "CanaryAwaited",
      message:
        "a canary request is to show that new connections come to the interceptor",
    };
  }
  const what =
    seen.length === 1
      ? `a canary request from ${seen[0]!.what}`
      : `a canary request for each of ${seen.length} containers`;
  return {
    status: "True",
    reason: "CanarySeen",
    message: `${what} came to the interceptor`,
  };
}

/** What is known of the takeover that is in force now. */
function proofAt(
  world: World,
  session: DesiredSession,
  container: TargetContainer,
  port: number,
): Proof | undefined {
  const name = interceptorOf(world, container.inspect.Id, port)?.name;
  if (name === undefined) return undefined;
  const proof = world.proofs[proofKey(session.name, name)];
  const takeover = world.interceptors[name]?.takeover;
  return takeover !== undefined && proof?.takeover === takeover
    ? proof
    : undefined;
}

/** What was wrong, and what to do. */
function notSeen(
  name: string,
  port: number,
  { what, answered }: Proof,
): string {
  const found = answered
    ? `a canary request to port ${port} of ${name} was answered (${what}), but not by the interceptor: requests go past it, most likely by firewall rules of another program in that container's network namespace`
    : `a canary request to port ${port} of ${name} got no answer (${what}), and did not come to the interceptor: something between keeps new connections from it, such as firewall rules in that container's network namespace or on the host`;
  return `${found}. See them with: docker run --rm --cap-add NET_ADMIN --network container:${name} sidestep-sidecar nft list ruleset. Another canary is sent every few seconds`;
}
