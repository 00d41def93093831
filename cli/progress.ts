import type { Condition } from "../sidecar/schema/condition.js";
import type { Session } from "../sidecar/schema/session.js";
import type { Cli } from "./cli.js";
import { printable } from "./print/printable.js";

/** Shows how a session comes about: one line for each change of a condition. */
export interface Progress {
  saw(session: Session): void;
}

/** Progress on the error stream, each line with the seconds since now. */
export function showProgress(cli: Cli): Progress {
  const since = cli.now();
  const said = new Map<string, string>();
  return {
    saw({ status }) {
      for (const condition of status.conditions) {
        const line = printable(condition.message);
        const news = `${condition.status} ${line}`;
        if (!isWorthALine(condition) || said.get(condition.type) === news) {
          continue;
        }
        said.set(condition.type, news);
        const seconds = ((cli.now() - since) / 1000).toFixed(1).padStart(5);
        cli.streams.err.write(`${seconds}s  ${line}\n`);
      }
    },
  };
}

/** That nothing is paused or failed yet is no step. */
function isWorthALine({ type, status, message }: Condition): boolean {
  if (message === "" || type === "Paused") return false;
  return status === "True" || type === "Ready";
}
