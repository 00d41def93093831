import type { Engine, Exec } from "../../docker/engine/engine.js";
import { TARGET } from "../../docker/engine/labels.js";
import { toolboxSpec } from "../../docker/engine/toolbox.js";
import type { Self } from "../controller/world.js";

const FOLDER = "/app/sidecar/toolbox";

/** How long a toolbox that nobody uses stays, in ms: connections come in bursts. */
const LINGER_MS = 10_000;

/** A running replica of a session. */
export interface RunningReplica {
  session: string;
  id: string;
  name: string;
}

/** Our own programs in the namespaces of replicas, whatever the app's image has. */
export interface Toolboxes {
  /** A connection to a port of the replica's loopback, as a stream in the Engine's frames. */
  dial(replica: RunningReplica, port: number): Promise<Exec>;
  /** Ends the processes of a replica whose environment has this entry. */
  end(replica: RunningReplica, entry: string): Promise<void>;
}

interface Open {
  id: Promise<string>;
  users: number;
  timer?: NodeJS.Timeout;
}

/**
 * A toolbox is made when it is first needed, and removed a while after its last
 * use. What is left of it otherwise is a stray, which the plan removes.
 */
export function createToolboxes(engine: Engine, self: Self): Toolboxes {
  const open = new Map<string, Open>();

  const run = async (
    replica: RunningReplica,
    command: string[],
  ): Promise<Exec> => {
    const toolbox = take(replica);
    try {
      const exec = await engine.exec(await toolbox.id, {
        command: ["python3", "-IS", ...command],
        tty: false,
        stdin: true,
      });
      exec.stream.once("close", () => release(replica, toolbox));
      return exec;
    } catch (error) {
      // Somebody may have removed it: the next one is made anew.
      if (open.get(replica.id) === toolbox) open.delete(replica.id);
      release(replica, toolbox);
      throw error;
    }
  };

  const take = (replica: RunningReplica): Open => {
    let toolbox = open.get(replica.id);
    if (!toolbox) {
      toolbox = { id: begin(replica), users: 0 };
      open.set(replica.id, toolbox);
      toolbox.id.catch(() => open.delete(replica.id));
    }
    clearTimeout(toolbox.timer);
    toolbox.users++;
    return toolbox;
  };

  const release = (replica: RunningReplica, toolbox: Open) => {
    if (--toolbox.users > 0) return;
    toolbox.timer = setTimeout(() => {
      if (open.get(replica.id) === toolbox) open.delete(replica.id);
      // One that cannot be removed now is removed with its session.
      toolbox.id.then((id) => engine.remove(id)).catch(() => undefined);
    }, LINGER_MS).unref();
  };

  const begin = async ({ session, id, name }: RunningReplica) => {
    const { image, volume, project } = self;
    const replica = { id, name };
    const spec = toolboxSpec({ session, replica, image, volume, project });
    const left = await engine.inspect(spec.name);
    if (left?.State.Running && left.Config.Labels?.[TARGET] === id) {
      return left.Id;
    }
    if (left) await engine.remove(left.Id);
    const made = await engine.create(spec);
    await engine.start(made);
    return made;
  };

  return {
    dial: (replica, port) => run(replica, [`${FOLDER}/forward.py`, `${port}`]),
    end: async (replica, entry) => {
      const { stream } = await run(replica, [`${FOLDER}/end.py`, entry]);
      stream.resume();
      await new Promise((resolve) => stream.once("close", resolve));
    },
  };
}
