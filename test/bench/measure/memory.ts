// The memory of our processes. RSS counts all pages, and so do the goals; but
// the interceptor's is judged when its session is Ready. After 2,000 requests,
// half of them matched, V8 has compiled what it needs, mostly by touching more
// of Node's binary, which it shares with the sidecar: there, PSS is judged, in
// which shared pages count by parts, and RSS is reported.
import { get } from "../../e2e/support/http.js";
import { judged, reported, type Figure } from "../figure.js";
import { memoryOf } from "../memory-of.js";
import { MATCH, MATCHED, withSession } from "../session.js";
import { addressOf, ours, type Stack } from "../stack.js";

const REQUESTS = 2000;
const WORKERS = 4;
const SIDECAR = 90;
const INTERCEPTOR = 60;

export async function memory(stack: Stack): Promise<Figure[]> {
  return withSession(stack, ["shop", ...MATCH], async () => {
    const interceptor = await the(stack, "interceptor");
    const guard = await the(stack, "guard");
    const inWay = () => memoryOf(interceptor, "interceptor/main.cjs");
    const atReady = await inWay();
    const address = await addressOf(stack.name("shop"), stack.network);
    await serve(`http://${address}:8000/health`);
    const loaded = await inWay();
    const sidecar = await memoryOf(stack.name("sidestep"), "/sidecar/main.js");
    const launcher = await memoryOf(interceptor, "launch.py");
    const guarding = await memoryOf(guard, "guard/main.js");
    return [
      limited("memory of the sidecar (RSS)", sidecar.resident, SIDECAR),
      limited(
        "memory of the interceptor, its session Ready (RSS)",
        atReady.resident,
        INTERCEPTOR,
      ),
      limited(
        `memory of the interceptor after ${REQUESTS} requests (PSS)`,
        loaded.proportional,
        INTERCEPTOR,
      ),
      reported(
        `memory of the interceptor after ${REQUESTS} requests (RSS)`,
        mb(loaded.resident),
      ),
      reported("memory of its launcher (RSS)", mb(launcher.resident)),
      reported("memory of the guard (RSS)", mb(guarding.resident)),
    ];
  });
}

const mb = (size: number) => `${size.toFixed(0)} MB`;

function limited(what: string, size: number, goal: number): Figure {
  return judged(what, mb(size), `≤ ${goal} MB`, size <= goal);
}

async function the(stack: Stack, role: "interceptor" | "guard") {
  const [name] = await ours(stack.project, role);
  if (name === undefined) throw new Error(`there is no ${role}`);
  return name;
}

async function serve(url: string): Promise<void> {
  let left = REQUESTS;
  const work = async () => {
    while (left-- > 0) {
      const { status } = await get(url, left % 2 === 0 ? MATCHED : {});
      if (status !== 200) throw new Error(`${url} answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}
