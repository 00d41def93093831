import { Command } from "commander";
import type { Leftovers } from "../../docker/engine/leftovers.js";
import type { ReachedEngine } from "../../docker/engine/reach/index.js";
import type { Row } from "../../docker/engine/reach/light-engine.js";
import type { Cli } from "../cli.js";
import { choose } from "../discover.js";
import { explainEngine, placeOf } from "../engine-errors.js";
import { usage } from "../errors.js";
import { notDown } from "../up-errors.js";
import { commandPath, readDuration, withExamples } from "../flags.js";
import { showSteps } from "../steps.js";

/** How often is looked what is gone. */
const LOOK_MS = 200;

/** Where nothing is to be lost any more, a sidecar is not waited for long. */
const FORCED_SECONDS = 5;

interface DownOptions {
  /** A compose project; undefined: whatever sidecar there is. */
  project: string | undefined;
  all: boolean;
  force: boolean;
  /** Milliseconds. */
  timeout: number;
}

interface DownFlags {
  project?: string;
  all?: boolean;
  force?: boolean;
  timeout: string;
}

/** `sidestep down`: everything goes back, and the sidecar goes. */
export function downCommand(cli: Cli): Command {
  const command = new Command("down")
    .description(
      "End the sidecar: its sessions go back, then it is removed with all it has made",
    )
    .option("--project <name>", "the one of a compose project")
    .option("--all", "all sidecars of this Engine")
    .option(
      "--force",
      "also what sidecars that died have left; do not wait for their guards",
    )
    .option("--timeout <duration>", "how long that may take", "90s")
    .action((flags: DownFlags) => {
      const path = commandPath(command);
      if (flags.all && (flags.project ?? cli.wanted())) {
        throw usage(path, "--all is every sidecar: name none");
      }
      const timeout = readDuration(path, "--timeout", flags.timeout);
      return run(cli, {
        project: flags.project,
        all: flags.all ?? false,
        force: flags.force ?? false,
        timeout,
      });
    });
  return withExamples(command, [
    ["Everything as before", "sidestep down"],
    ["What a sidecar that was killed has left, too", "sidestep down --force"],
    ["The one of a compose project", "sidestep down --project myproject"],
  ]);
}

async function run(cli: Cli, options: DownOptions): Promise<void> {
  const engine = await cli.engine();
  try {
    await down(cli, engine, options);
  } catch (error) {
    throw explainEngine(error, placeOf(engine));
  } finally {
    engine.close();
  }
}

async function down(
  cli: Cli,
  engine: ReachedEngine,
  options: DownOptions,
): Promise<void> {
  const { out, err } = cli.streams;
  const say = showSteps(cli);
  const deadline = cli.now() + options.timeout;
  const meant = await sidecars(cli, engine, options);
  for (const sidecar of meant) {
    await end(cli, engine, sidecar, options.force, deadline, say);
    out.write(`sidecar/${sidecar.name} deleted\n`);
  }
  const { findLeftovers, putBack } =
    await import("../../docker/engine/leftovers.js");
  const left = await findLeftovers(engine);
  const any = left.containers.length + left.volumes.length > 0;
  if (any && options.force) {
    await putBack(engine, left, say);
  } else if (meant.length === 0) {
    const named = options.project ?? cli.wanted();
    err.write(
      `no sidecar ${named ? `"${named}" ` : ""}is here: there is nothing to take down\n`,
    );
  }
  if (any && !options.force) {
    err.write(
      `left by a sidecar that is gone: ${namesOf(left).join(", ")}\nits guard removes it within seconds; if not: sidestep down --force\n`,
    );
  }
}

/** Those that are meant; none is no error, where none was named. */
async function sidecars(
  cli: Cli,
  engine: ReachedEngine,
  { project, all }: DownOptions,
): Promise<Row[]> {
  const label = await import("../../docker/engine/labels.js");
  const rows = await engine.list([`${label.ROLE}=sidecar`]);
  const wanted = project ?? cli.wanted();
  if (all || rows.length === 0) return rows;
  const named = rows.map((row) => ({
    row,
    name: row.name,
    state: row.state,
    project: label.sidecarProject(row.labels),
  }));
  const gone =
    wanted && !named.some((each) => [each.name, each.project].includes(wanted));
  // As it was asked for, be there others or not.
  if (gone) return [];
  return [choose(named, wanted).row];
}

async function end(
  cli: Cli,
  engine: ReachedEngine,
  sidecar: Row,
  force: boolean,
  deadline: number,
  say: (text: string) => void,
): Promise<void> {
  const { leftBy, putBack, removeVolume, volumeOf } =
    await import("../../docker/engine/leftovers.js");
  const { SIDECAR_GOODBYE_SECONDS } =
    await import("../../docker/engine/sidecar.js");
  const volume = volumeOf(sidecar);
  const left = () => (volume ? leftBy(engine, volume) : Promise.resolve([]));
  if (sidecar.state === "running") {
    const seconds = force ? FORCED_SECONDS : SIDECAR_GOODBYE_SECONDS;
    const stopped = { yet: false };
    const sessions = await sessionsIn(left);
    const stop = engine
      .stop(sidecar.id, seconds)
      .finally(() => (stopped.yet = true));
    stop.catch(() => undefined); // awaited below
    await tellSessions(cli, sessions, left, stopped, say);
    await stop;
    say(`sidecar ${sidecar.name} has ended`);
  }
  await engine.remove(sidecar.id);
  say(`container ${sidecar.name} removed`);
  if (!volume) return;

  let rows = await left();
  const { ROLE } = await import("../../docker/engine/labels.js");
  const guarded = rows.some(
    (row) => row.labels[ROLE] === "guard" && row.state === "running",
  );
  if (force || !guarded) {
    await putBack(engine, { containers: rows, volumes: [volume] }, say);
    return;
  }
  while (rows.length > 0) {
    if (cli.now() > deadline) {
      throw notDown(rows.map((row) => row.name));
    }
    await cli.sleep(LOOK_MS);
    rows = await left();
  }
  say("its guard has looked that nothing is left, and ended");
  // The guard's last deed; what another container uses is not ours to take.
  if (await removeVolume(engine, volume)) say(`volume ${volume} removed`);
}

/** Says each session that is back, until the sidecar has ended. */
async function tellSessions(
  cli: Cli,
  before: Set<string>,
  left: () => Promise<Row[]>,
  stopped: { yet: boolean },
  say: (text: string) => void,
): Promise<void> {
  for (;;) {
    const last = stopped.yet;
    const now = await sessionsIn(left);
    for (const name of before) {
      if (now.has(name)) continue;
      before.delete(name);
      say(`session/${name} is put back`);
    }
    if (last) return;
    await cli.sleep(LOOK_MS);
  }
}

async function sessionsIn(left: () => Promise<Row[]>): Promise<Set<string>> {
  const { SESSION } = await import("../../docker/engine/labels.js");
  const labels = (await left()).map((row) => row.labels[SESSION]);
  return new Set(labels.filter((name) => name !== undefined));
}

const namesOf = ({ containers, volumes }: Leftovers): string[] => [
  ...containers.map((row) => row.name),
  ...volumes.map((name) => `volume ${name}`),
];
