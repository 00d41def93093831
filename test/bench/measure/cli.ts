// The command line as a process, from its start to its end, by turns with what
// it is compared with, `node -e 0` and `docker ps`: the median of each; and
// these two with each other, below which no command of Node's can go. The
// thousand requests are a thousand breakpoints, served from here by a server
// that stands in for the sidecar's API: what is measured is the command.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { API_VERSION } from "../../../sidecar/schema/constants.js";
import { identityText } from "../../../sidecar/schema/identity.js";
import { run } from "../../e2e/support/run.js";
import { judged, reported, type Figure } from "../figure.js";
import { median, time } from "../numbers.js";
import type { Stack } from "../stack.js";
import type { Undo } from "../undo.js";

const TURNS = 15;
const MANY = 1000;
const TOKEN = "token";
const BIN = "bin/sidestep.js";

export async function cli(stack: Stack, undo: Undo): Promise<Figure[]> {
  const sidecar = { SIDESTEP_SIDECAR: stack.name("sidestep") };
  const sidestep =
    (...args: string[]) =>
    () =>
      run("node", [BIN, ...args], { env: sidecar });
  const dockerPs = () => run("docker", ["ps"]);
  const many = await serveMany(undo);
  const bareNode = () => run("node", ["-e", "0"]);
  const least = await compare("", bareNode, dockerPs, Infinity);
  return [
    reported("`node -e 0`, against `docker ps`", least.measured),
    await compare(
      "`sidestep version --client`, against `node -e 0`",
      sidestep("version", "--client"),
      bareNode,
      1.5,
    ),
    await compare(
      "`sidestep get sessions`, against `docker ps`",
      sidestep("get", "sessions"),
      dockerPs,
      1.5,
    ),
    await compare(
      `\`sidestep get\` of ${MANY} objects, against \`docker ps\``,
      many,
      dockerPs,
      2,
    ),
  ];
}

async function compare(
  what: string,
  ours: () => Promise<string>,
  theirs: () => Promise<string>,
  goal: number,
): Promise<Figure> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let turn = 0; turn <= TURNS; turn++) {
    const mine = await timeOf(ours);
    const other = await timeOf(theirs);
    if (turn === 0) continue; // files that are read for the first time
    times.ours.push(mine);
    times.theirs.push(other);
  }
  const [mine, other] = [median(times.ours), median(times.theirs)];
  const ratio = mine / other;
  return judged(
    what,
    `× ${ratio.toFixed(2)} (${time(mine)} against ${time(other)})`,
    `≤ × ${goal}`,
    ratio <= goal,
  );
}

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await act();
  return performance.now() - begin;
}

/** The command that lists a thousand objects, of a script that says where they are. */
async function serveMany(undo: Undo): Promise<() => Promise<string>> {
  const body = JSON.stringify({
    apiVersion: API_VERSION,
    kind: "BreakpointList",
    items: Array.from({ length: MANY }, (_, index) => breakpoint(index)),
  });
  const server = createServer(({ url = "" }, response) => {
    const nonce = new URL(url, "http://sidecar").searchParams.get("nonce");
    const proof = createHmac("sha256", TOKEN)
      .update(identityText(nonce ?? ""))
      .digest("hex");
    response.setHeader("content-type", "application/json");
    response.end(nonce ? JSON.stringify({ proof }) : body);
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve()),
  );
  undo.add(async () => {
    server.closeAllConnections();
    server.close();
  });
  const folder = await mkdtemp(join(tmpdir(), "sidestep-bench-"));
  undo.add(() => rm(folder, { recursive: true }));
  const { port } = server.address() as AddressInfo;
  const script = join(folder, "get.cjs");
  await writeFile(
    script,
    `const { load } = require(${JSON.stringify(join(process.cwd(), "bin/load.js"))});
    load(${JSON.stringify(join(process.cwd(), "dist/cli/main.cjs"))}).exports.main(async () => ({ find: async () => [
      { name: "bench", url: "http://127.0.0.1:${port}", token: async () => "${TOKEN}", version: "unknown", state: "running", places: [] },
    ] }));`,
  );
  return async () => {
    const listed = await run("node", [script, "get", "breakpoints"]);
    if (listed.trim().split("\n").length !== MANY + 1) {
      throw new Error(`not ${MANY} breakpoints were listed: ${listed}`);
    }
    return listed;
  };
}

function breakpoint(index: number): object {
  return {
    apiVersion: API_VERSION,
    kind: "Breakpoint",
    metadata: {
      name: `shop-b${index}`,
      creationTimestamp: new Date(0).toISOString(),
      labels: { "sidestep.session": "shop" },
    },
    spec: { session: "shop", at: `shop/views.py:${index + 1}` },
    status: {
      state: "Verified",
      locations: [
        { file: "/app/shop/views.py", line: index + 1, function: "order" },
      ],
      hits: index,
    },
  };
}
