import { tryRun, docker } from "../e2e/support/run.js";
import { get } from "../e2e/support/http.js";
import { until } from "../e2e/support/poll.js";
import { ALICE, SESSION, type Scene } from "./scene.js";
import { containerOf } from "./victims.js";

/** What the session is doing when it happens. */
export const STAGES = ["starting", "ready", "paused", "draining"] as const;
export type Stage = (typeof STAGES)[number];

/** Long enough for a fault in the middle of it: seconds. */
const START_SECONDS = 4;
const SLOW_SECONDS = 8;

/** Brings the session to a stage; `through` is where her requests enter. */
export async function bringTo(
  scene: Scene,
  stage: Stage,
  through: string,
): Promise<void> {
  const { cli, app } = { ...scene, cli: scene.sidecar.cli };
  const match = ["--match", "header:x-debug=alice", "--name", SESSION];
  const debug = ["debug", app, ...match];
  const quiet = (url: string) => void get(url, ALICE).catch(() => undefined);
  if (stage === "starting") {
    void cli.any([...debug, "--env", `START_SECONDS=${START_SECONDS}`]);
    for (const part of ["replica", "interceptor"] as const) {
      const container = containerOf(scene, part);
      await until(`the ${part} runs`, async () => {
        const format = "{{.State.Running}}";
        const inspect = ["inspect", "-f", format, container];
        return (await tryRun("docker", inspect)).stdout.trim() === "true";
      });
    }
    return;
  }
  await cli.ok(...debug);
  if (stage === "paused") {
    quiet(`${through}/stop`);
    await until(
      "she is paused",
      async () => (await scene.pauses()).length === 1,
    );
  }
  if (stage === "draining") {
    quiet(`${through}/slow?seconds=${SLOW_SECONDS}`);
    await until("it is in hand", async () =>
      (await scene.inHand()).some((path) => path.startsWith("/slow")),
    );
    void cli.any(["delete", "session", SESSION]);
    await until("it drains", async () => {
      const session = await scene.session();
      return session?.status.phase === "Restoring";
    });
  }
}

/** Whether a container is there and runs. */
export async function runs(container: string): Promise<boolean> {
  const names = await docker("ps", "--format", "{{.Names}}");
  return names.split("\n").includes(container);
}
