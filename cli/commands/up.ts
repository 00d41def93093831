import { Command } from "commander";
import type { ReachedEngine } from "../../docker/engine/reach/index.js";
import type { Row } from "../../docker/engine/reach/light-engine.js";
import type { Cli } from "../cli.js";
import { explainEngine, placeOf } from "../engine-errors.js";
import { badFlag, UserError } from "../errors.js";
import { isTransient } from "../server-errors.js";
import {
  imageMissing,
  nameTaken,
  notUp,
  portTaken,
  sidecarEnded,
} from "../up-errors.js";
import {
  commandPath,
  readDuration,
  readInteger,
  withExamples,
} from "../flags.js";
import { showSteps } from "../steps.js";

const IMAGE = "sidestep-sidecar";
const SOCKET = "/var/run/docker.sock";
const NAME = "sidestep";

/** How often is looked whether it is up. */
const LOOK_MS = 100;
const LOG_LINES = 5;

interface UpOptions {
  /** "": of no compose project. */
  project: string;
  image: string;
  /** 0: any that is free. */
  port: number;
  socket: string;
  /** Whom it runs as; undefined: root. */
  user: string | undefined;
  /** Milliseconds. */
  timeout: number;
}

interface UpFlags {
  project?: string;
  image: string;
  port: string;
  socket: string;
  user?: string;
  timeout: string;
}

/** `sidestep up`: a sidecar where no compose file has one. */
export function upCommand(cli: Cli): Command {
  const command = new Command("up")
    .description(
      "Start a sidecar without a compose file; any running container can be debugged with it",
    )
    .option(
      "--project <name>",
      "a compose project, whose services are then called by their bare names",
    )
    .option("--image <name>", "the sidecar's image", IMAGE)
    .option(
      "--port <port>",
      "where its API is published, on loopback only; 0: any port that is free",
      "0",
    )
    .option(
      "--socket <path>",
      "the Engine's socket, on the Engine's machine",
      SOCKET,
    )
    .option(
      "--user <uid:gid>",
      "whom it runs as, with the socket's group (default: root, without a capability)",
    )
    .option("--timeout <duration>", "how long it may take to start", "60s")
    .action((flags: UpFlags) =>
      run(cli, complete(commandPath(command), flags)),
    );
  return withExamples(command, [
    ["A sidecar, whatever runs here", "sidestep up"],
    [
      "One that belongs to a compose project",
      "sidestep up --project myproject",
    ],
    ["Its API at a port of your choice", "sidestep up --port 7007"],
    [
      "Not as root, where a group may use the socket",
      "sidestep up --user 1000:998",
    ],
  ]);
}

function complete(path: string, flags: UpFlags): UpOptions {
  const { project = "", image, socket, user } = flags;
  if (user !== undefined && !/^\d+:\d+$/.test(user)) {
    const accepted =
      "must be the numbers of a user and a group, such as 1000:998";
    throw badFlag(path, "--user", user, accepted);
  }
  if (project && !/^[a-z0-9][a-z0-9_-]*$/.test(project)) {
    const accepted = "must be a compose project's name, such as myproject";
    throw badFlag(path, "--project", project, accepted);
  }
  if (!socket.startsWith("/")) {
    throw badFlag(path, "--socket", socket, "must be an absolute path");
  }
  return {
    project,
    image,
    socket,
    user,
    port: readInteger(path, "--port", flags.port, [0, 65535]),
    timeout: readDuration(path, "--timeout", flags.timeout),
  };
}

async function run(cli: Cli, options: UpOptions): Promise<void> {
  const engine = await cli.engine();
  try {
    await up(cli, engine, options);
  } catch (error) {
    throw explainEngine(error, placeOf(engine));
  } finally {
    engine.close();
  }
}

async function up(
  cli: Cli,
  engine: ReachedEngine,
  options: UpOptions,
): Promise<void> {
  const { out, err } = cli.streams;
  const say = showSteps(cli);
  const label = await import("../../docker/engine/labels.js");
  const sidecars = await engine.list([`${label.ROLE}=sidecar`]);
  const { project } = options;
  const name = project ? `${project}-${NAME}` : NAME;
  const isMeant = (row: Row) =>
    !project || label.sidecarProject(row.labels) === project;
  const running = sidecars.find(
    (row) => row.state === "running" && isMeant(row),
  );
  if (running) {
    out.write(`sidecar/${running.name} unchanged\n`);
    err.write(`it is up already: ${running.status.toLowerCase()}\n`);
    return;
  }
  const stopped = sidecars.find((row) => row.name === name);
  if (stopped) {
    await engine.start(stopped.id);
    say(`container ${name} is started, which was ${stopped.state}`);
  } else {
    await create(engine, name, options, say);
  }
  await untilUp(cli, engine, name, options.timeout, say);
  out.write(`sidecar/${name} ${stopped ? "started" : "created"}\n`);
  const others = sidecars.filter((row) => row.state === "running");
  if (others.length > 0) {
    err.write(
      `several sidecars run here now: choose with --sidecar ${name}, or SIDESTEP_SIDECAR=${name}\n`,
    );
  }
  err.write(
    "what can be debugged: sidestep get targets; then: sidestep debug TARGET\n",
  );
}

async function create(
  engine: ReachedEngine,
  name: string,
  options: UpOptions,
  say: (text: string) => void,
): Promise<void> {
  const { image, port } = options;
  if (!(await engine.hasImage(image))) {
    throw imageMissing(image, image === IMAGE);
  }
  const { sidecarSpec } = await import("../../docker/engine/sidecar.js");
  const id = await engine
    .create(sidecarSpec({ name, ...options }))
    .catch((error: Error & { status?: number }) => {
      throw error.status === 409 ? nameTaken(name, error) : error;
    });
  say(`container ${name} is created, from ${image}`);
  try {
    await engine.start(id);
  } catch (error) {
    await engine.remove(id);
    const taken = /port is already allocated|address already in use/i;
    if (taken.test(String(error))) throw portTaken(port, error);
    throw error;
  }
  say("it is running");
}

/** Until its API answers; a sidecar that ends instead is told with its log. */
async function untilUp(
  cli: Cli,
  engine: ReachedEngine,
  name: string,
  timeout: number,
  say: (text: string) => void,
): Promise<void> {
  const deadline = cli.now() + timeout;
  for (;;) {
    try {
      const client = await cli.connect(name);
      const { version, engine: docker } = await client.version();
      say(`its API answers: sidestep ${version}, Engine ${docker.version}`);
      return;
    } catch (error) {
      if (!isTransient(error) && !isRefusal(error)) throw error;
      const state = (await engine.inspect(name))?.State;
      if (!state || state.ExitCode !== 0 || state.Status === "exited") {
        throw sidecarEnded(name, await engine.log(name, LOG_LINES));
      }
      if (cli.now() >= deadline) throw notUp(name, timeout / 1000, error);
    }
    await cli.sleep(LOOK_MS);
  }
}

/** An Engine that runs nothing in a container that is just ending, for example. */
const isRefusal = (error: unknown): boolean =>
  error instanceof UserError && error.code === "EngineError";
