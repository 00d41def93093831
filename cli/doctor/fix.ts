import * as label from "../../docker/engine/labels.js";
import {
  findLeftovers,
  putBack,
  volumeOf,
} from "../../docker/engine/leftovers.js";
import type {
  LightEngine,
  Row,
} from "../../docker/engine/reach/light-engine.js";

/**
 * Takes away what dead sidecars have left, and says each; what belongs to one
 * that lives, or was stopped in order, stays as it is.
 */
export async function fixLeftovers(
  engine: LightEngine,
  say: (line: string) => void,
): Promise<void> {
  const left = await findLeftovers(engine);
  await putBack(engine, left, say);
  const rows = await engine.list([label.ROLE]);
  for (const sidecar of rows) {
    if (sidecar.labels[label.ROLE] !== "sidecar") continue;
    const { length } = rows.filter((row) => isOf(sidecar, row));
    if (length === 0) continue;
    const what = length === 1 ? "1 container" : `${length} containers`;
    say(`${what} of sidecar/${sidecar.name} stay: it is ${sidecar.state}`);
  }
}

const isOf = (sidecar: Row, { labels }: Row): boolean =>
  labels[label.OWNER] !== undefined &&
  labels[label.OWNER] === volumeOf(sidecar) &&
  labels[label.ROLE] !== "sidecar";
