// Whether the interceptor's memory stays what it is: ten minutes of requests
// that match and of others, on kept connections, by wrk, in turns of a few
// seconds, each on new connections. After each minute its memory is read (PSS:
// pages that it shares with others count by parts). The first three minutes are
// to warm: V8 compiles, its heap and the pools of buffers come to their size.
// Judged is the last reading against the third.
import { judged, reported, type Figure } from "../figure.js";
import { memoryOf } from "../memory-of.js";
import { MATCH, MATCHED, withSession } from "../session.js";
import { addressOf, ours, type Stack } from "../stack.js";
import type { Wrk } from "../wrk.js";

const MINUTES = 10;
const WARM = 3;
const TURN_SECONDS = 5;
/** Of a figure that the kernel counts in pages, read while the load goes on: noise. */
const GROWTH = 1.1;

export async function flat(
  stack: Stack,
  app: string,
  wrk: Wrk,
): Promise<Figure[]> {
  const url = `http://${await addressOf(app, stack.network)}:8000/`;
  return withSession(stack, [app, ...MATCH], async () => {
    const [interceptor = ""] = await ours(stack.project, "interceptor");
    const sizes: number[] = [];
    let served = 0;
    let errors = 0;
    const kinds: string[] = [];
    for (let minute = 1; minute <= MINUTES; minute++) {
      const end = Date.now() + 60_000;
      for (let turn = 0; Date.now() < end; turn++) {
        const headers = turn % 3 === 0 ? MATCHED : {};
        const load = { headers, connections: turn % 2 === 0 ? 32 : 256 };
        const done = await wrk(url, TURN_SECONDS, load);
        served += done.perSecond * TURN_SECONDS;
        errors += done.errors;
        if (done.errors > 0) kinds.push(done.kinds);
      }
      const { proportional } = await memoryOf(
        interceptor,
        "interceptor/main.cjs",
      );
      sizes.push(proportional);
    }
    const [warm = NaN, last = NaN] = [sizes[WARM - 1], sizes.at(-1)];
    const shown = sizes.map((size) => size.toFixed(0)).join(", ");
    const millions = (served / 1e6).toFixed(1);
    return [
      judged(
        `memory of the interceptor after ${MINUTES} minutes of load, against after ${WARM} (PSS)`,
        `× ${(last / warm).toFixed(2)} (minute by minute: ${shown} MB)`,
        `≤ × ${GROWTH}`,
        last <= warm * GROWTH,
      ),
      reported("requests of these minutes", `${millions} million`),
      judged(
        "failed of them",
        [errors, ...kinds].join("; "),
        "0",
        errors === 0,
      ),
    ];
  });
}
