import { Readable } from "node:stream";
import Docker from "dockerode";
import { demux } from "./demux.js";
import { EngineError, type Engine, type Inspect } from "./engine.js";
import { watchEvents } from "./events.js";

/** The newest API version whose answers we have read. */
const NEWEST_API = "1.47";

/** Connects to the Engine and pins the API version that both sides speak. */
export async function connectEngine(
  options: { socketPath?: string } = {},
): Promise<Engine> {
  const first = new Docker(options);
  const found = await call("version", () => first.version());
  const apiVersion = older(found.ApiVersion, NEWEST_API);
  const docker = new Docker({ ...options, version: `v${apiVersion}` });
  return engineOf(docker, { version: found.Version, apiVersion });
}

function engineOf(
  docker: Docker,
  version: { version: string; apiVersion: string },
): Engine {
  const container = (id: string) => docker.getContainer(id);
  return {
    version: async () => version,
    list: async (labels = []) => {
      const rows = await call("list containers", () =>
        docker.listContainers({ all: true, filters: { label: labels } }),
      );
      return rows.map((row) => ({
        id: row.Id,
        name: (row.Names[0] ?? "").replace(/^\//, ""),
        image: row.Image,
        state: row.State,
        labels: row.Labels,
        created: row.Created,
      }));
    },
    inspect: (id) =>
      unless(404, `inspect ${id}`, () => container(id).inspect()) as Promise<
        Inspect | undefined
      >,
    create: async ({ name, body }) => {
      const made = await call(`create ${name}`, () =>
        docker.createContainer({ name, ...body }),
      );
      return made.id;
    },
    start: async (id) =>
      void (await unless(304, `start ${id}`, () => container(id).start())),
    remove: async (id) =>
      void (await unless([404, 409], `remove ${id}`, () =>
        container(id).remove({ force: true, v: false }),
      )),
    pause: async (id) =>
      void (await unless(409, `pause ${id}`, () => container(id).pause())),
    unpause: async (id) =>
      void (await unless([404, 409, 500], `unpause ${id}`, () =>
        container(id).unpause(),
      )),
    wait: async (id) => {
      const ended = (await call(`wait ${id}`, () => container(id).wait())) as {
        StatusCode: number;
      };
      return ended.StatusCode;
    },
    connect: async (network, id, endpoint) =>
      void (await unless(403, `connect ${id} to ${network}`, () =>
        docker.getNetwork(network).connect({
          Container: id,
          EndpointConfig: endpoint as Docker.EndpointSettings,
        }),
      )),
    top: async (id) => {
      const table = (await call(`top ${id}`, () => container(id).top())) as {
        Titles: string[];
        Processes: string[][];
      };
      const column = table.Titles.findIndex((t) => /^(CMD|COMMAND)$/.test(t));
      return table.Processes.map((row) => row[column] ?? "");
    },
    logs: async (id, tty, options) => {
      const wanted = {
        stdout: true,
        stderr: true,
        ...(options.tail === undefined ? {} : { tail: options.tail }),
        ...(options.since === undefined ? {} : { since: options.since }),
        timestamps: options.timestamps ?? false,
      };
      const raw = options.follow
        ? ((await call(`logs ${id}`, () =>
            container(id).logs({ ...wanted, follow: true }),
          )) as unknown as Readable)
        : Readable.from([
            await call(`logs ${id}`, () =>
              container(id).logs({ ...wanted, follow: false }),
            ),
          ]);
      if (tty) return raw;
      const plain = demux();
      raw.on("error", (error) => plain.destroy(error));
      plain.on("close", () => raw.destroy());
      return raw.pipe(plain);
    },
    readArchive: (id, path) =>
      unless(404, `read ${path} of ${id}`, () =>
        container(id).getArchive({ path }),
      ) as Promise<Readable | undefined>,
    writeArchive: async (id, path, tar) =>
      void (await call(`write ${path} of ${id}`, () =>
        container(id).putArchive(tar, { path }),
      )),
    removeVolume: async (name) =>
      void (await unless(404, `remove volume ${name}`, () =>
        docker.getVolume(name).remove(),
      )),
    watch: (look) =>
      watchEvents(
        () =>
          docker.getEvents({
            filters: { type: ["container", "network"] },
          }) as Promise<Readable>,
        look,
      ),
  };
}

interface DockerodeError extends Error {
  statusCode?: number;
  reason?: string;
  json?: { message?: string } | null;
}

/** Runs one Engine call and gives its failure our shape. */
async function call<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const error = cause as DockerodeError;
    const message = error.json?.message ?? error.reason ?? error.message;
    throw new EngineError(name, error.statusCode ?? 0, message, { cause });
  }
}

/** Like `call`, but undefined where the Engine answers one of these statuses. */
async function unless<T>(
  status: number | number[],
  name: string,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await call(name, run);
  } catch (error) {
    const quiet = [status].flat();
    if (error instanceof EngineError && quiet.includes(error.status)) {
      return undefined;
    }
    throw error;
  }
}

/** The older of two API versions, such as 1.41 and 1.47. */
function older(a: string, b: string): string {
  const minor = (version: string) => Number(version.split(".")[1]);
  return minor(a) <= minor(b) ? a : b;
}
