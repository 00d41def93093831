import { badRequest } from "../errors.js";
import type { ExecParts } from "./exec.js";
import { runningReplica } from "./replica.js";
import { join } from "./stream.js";
import type { Upgrade } from "./upgrades.js";

/** One connection to a port of a session's replica: of its own loopback, on whatever network it is. */
export function forwardUpgrade(parts: ExecParts): Upgrade {
  const { audit, controller, engine, toolboxes } = parts;
  return {
    path: /^\/v1\/sessions\/([^/]+)\/forward$/,
    mayStall: true,
    open: async ([name = ""], query, by) => {
      const port = Number(query.get("port"));
      if (!Number.isInteger(port) || port < 1 || port > 65535) {
        throw badRequest("port must be a TCP port, from 1 to 65535");
      }
      const replica = await runningReplica(controller, engine, name);
      const connection = await toolboxes.dial(replica, port);
      audit({
        reason: "ForwardedBy",
        object: `session/${name}`,
        session: name,
        by,
        detail: `port ${port}`,
      });
      // Its streams end, and with them the program.
      const left = () => undefined;
      return {
        serve: (socket) => join(socket, connection, { tty: false, left }),
        abandon: () => void connection.stream.destroy(),
      };
    },
  };
}
