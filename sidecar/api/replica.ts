import type { Engine } from "../../docker/engine/engine.js";
import type { Controller } from "../controller/controller.js";
import { noReplica } from "../errors.js";
import type { RunningReplica } from "../toolbox/toolboxes.js";

/** The replica of a session, which must run. */
export async function runningReplica(
  controller: Pick<Controller, "session">,
  engine: Engine,
  session: string,
): Promise<RunningReplica> {
  const name = controller.session(session).status.replica?.container;
  const inspect = name === undefined ? undefined : await engine.inspect(name);
  if (name === undefined || !inspect?.State.Running) throw noReplica(session);
  return { session, name, id: inspect.Id };
}
