import { randomBytes } from "node:crypto";
import type { Engine } from "../../docker/engine/engine.js";
import type { Audit } from "../audit.js";
import type { Controller } from "../controller/controller.js";
import { badRequest } from "../errors.js";
import type { Toolboxes } from "../toolbox/toolboxes.js";
import { runningReplica } from "./replica.js";
import { join } from "./stream.js";
import { sizeOf, type Upgrade } from "./upgrades.js";

/** What commands are run with. */
export interface ExecParts {
  audit: Audit;
  controller: Controller;
  engine: Engine;
  toolboxes: Toolboxes;
}

/** What the replica's app has of ours: a Python that is run by hand is no part of the app. */
const WITHOUT_KIT = [
  "SIDESTEP_KIT_SOCKET=",
  "SIDESTEP_TOKEN=",
  "SIDESTEP_PIN=",
  "SIDESTEP_DEBUGGER_SECRET=",
];

/** Runs a command in a session's replica; it ends when its client goes. */
export function execUpgrade(parts: ExecParts): Upgrade {
  const { audit, controller, engine, toolboxes } = parts;
  return {
    path: /^\/v1\/sessions\/([^/]+)\/exec$/,
    mayStall: true,
    open: async ([name = ""], query, by) => {
      const command = query.getAll("command");
      if (command.length === 0) throw badRequest("there is no command");
      const tty = query.get("tty") === "true";
      const replica = await runningReplica(controller, engine, name);
      const mark = `SIDESTEP_EXEC=${randomBytes(8).toString("hex")}`;
      const terminal = tty ? [`TERM=${query.get("term") ?? "xterm"}`] : [];
      const exec = await engine.exec(replica.id, {
        command,
        tty,
        stdin: query.get("stdin") === "true",
        env: [...WITHOUT_KIT, ...terminal, mark],
        size: sizeOf(query),
      });
      audit({
        reason: "ExecBy",
        object: `session/${name}`,
        session: name,
        by,
        // Its arguments may be secrets.
        detail: command[0],
      });
      // The Engine leaves a process alone whose streams were closed.
      const left = () =>
        void toolboxes.end(replica, mark).catch(() => undefined);
      return {
        serve: (socket) => join(socket, exec, { tty, left }),
        abandon: () => {
          exec.stream.destroy();
          left();
        },
      };
    },
  };
}
