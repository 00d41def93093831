// The resident memory of our processes, as the kernel counts it (what they
// share with others included), after a session was Ready and 2,000 requests
// were served, half of them by the replica.
import { get } from "../../e2e/support/http.js";
import { docker } from "../../e2e/support/run.js";
import { judged, reported, type Figure } from "../figure.js";
import { megabytes } from "../numbers.js";
import { MATCH, MATCHED, withSession } from "../session.js";
import { addressOf, ours, type Stack } from "../stack.js";

const REQUESTS = 2000;
const WORKERS = 4;
const SIDECAR = 90;
const INTERCEPTOR = 60;

export async function memory(stack: Stack): Promise<Figure[]> {
  return withSession(stack, ["shop", ...MATCH], async () => {
    const address = await addressOf(stack.name("shop"), stack.network);
    await serve(`http://${address}:8000/health`);
    const [interceptor] = await ours(stack.project, "interceptor");
    const [guard] = await ours(stack.project, "guard");
    const limited = async (
      what: string,
      container: string | undefined,
      program: string,
      goal: number,
    ) => {
      const mb = await residentOf(container, program);
      const measured = `${mb.toFixed(0)} MB`;
      return judged(what, measured, `≤ ${goal} MB`, mb <= goal);
    };
    const launcher = await residentOf(interceptor, "launch.py");
    const guarding = await residentOf(guard, "guard/main.js");
    return [
      await limited(
        "memory of the sidecar (RSS)",
        stack.name("sidestep"),
        "/sidecar/main.js",
        SIDECAR,
      ),
      await limited(
        "memory of the interceptor (RSS)",
        interceptor,
        "interceptor/main.cjs",
        INTERCEPTOR,
      ),
      reported("memory of its launcher (RSS)", `${launcher.toFixed(0)} MB`),
      reported("memory of the guard (RSS)", `${guarding.toFixed(0)} MB`),
    ];
  });
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

/** The memory of the process of a container that runs a program; of its forks, of the oldest. */
async function residentOf(
  container: string | undefined,
  program: string,
): Promise<number> {
  if (container === undefined) throw new Error(`nothing runs ${program}`);
  const table = await docker("top", container, "-eo", "pid,rss,args");
  const rows = table.split("\n").filter((line) => line.includes(program));
  const kib = Number(rows[0]?.trim().split(/\s+/)[1]);
  if (Number.isNaN(kib)) {
    throw new Error(`${container} does not run ${program}:\n${table}`);
  }
  return megabytes(kib);
}
