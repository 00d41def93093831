import type { Engine } from "../../docker/engine/engine.js";
import { attachContainer } from "./engine-pty.js";
import { createTerminal, type Terminal } from "./terminal.js";

/** The main terminals of replicas: each is opened when it is first asked for. */
export interface Mains {
  open(container: string): Promise<Terminal>;
}

/** Keeps one terminal for each container for as long as that runs. */
export function createMains(engine: Engine): Mains {
  const open = new Map<string, Promise<Terminal>>();

  const begin = async (container: string): Promise<Terminal> => {
    const pty = await attachContainer(engine, container);
    const terminal = createTerminal(pty);
    pty.onExit(() => {
      open.delete(container);
      terminal.close("the replica has ended");
    });
    return terminal;
  };

  return {
    open: (container) => {
      const known = open.get(container);
      if (known) return known;
      const opening = begin(container);
      open.set(container, opening);
      opening.catch(() => open.delete(container));
      return opening;
    },
  };
}
