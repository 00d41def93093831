import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "./engine.js";
import * as label from "./labels.js";

const PATIENCE_MS = 5_000;
const BETWEEN_MS = 500;

/** Resolves when the Engine has answered nothing for 5 s, as one does that ends itself. */
export async function silenceOf(
  engine: Pick<Engine, "list">,
  patience = PATIENCE_MS,
  between = BETWEEN_MS,
): Promise<void> {
  let last = Date.now();
  for (;;) {
    const answered = await Promise.race([
      engine.list([`${label.ROLE}=sidecar`]).then(
        () => true,
        () => false,
      ),
      delay(patience, false),
    ]);
    if (answered) last = Date.now();
    if (Date.now() - last >= patience) return;
    await delay(between);
  }
}
