import { guardSpec } from "../../../docker/engine/guard.js";
import type { Operation } from "../operation.js";
import type { World } from "../world.js";
import { remove } from "./parts.js";

/**
 * The guard watches the sidecar while there are sessions, and after its end:
 * it takes back what a dead sidecar cannot, and the volume that a living one
 * uses itself.
 */
export function guard(world: World): Operation[] {
  const want = guardSpec(world.self);
  const have = world.ours.find((c) => c.role === "guard");
  const lane = want.name;
  const needed = world.sessions.length > 0 || world.stopping;
  if (!have) {
    const cause = "something must put things back if the sidecar dies";
    return needed
      ? [
          { kind: "create", role: "guard", spec: want, lane, cause },
          { kind: "start", name: want.name, lane, cause },
        ]
      : [];
  }
  if (!needed) return [remove(have, "there is no session to guard")];
  if (have.labels["sidestep.hash"] !== want.hash) {
    return [remove(have, "it guards another sidecar")];
  }
  if (!["created", "running"].includes(have.inspect.State.Status)) {
    return [remove(have, "it has ended")];
  }
  return have.inspect.State.Status === "created"
    ? [{ kind: "start", name: have.name, lane, cause: "it was not started" }]
    : [];
}
