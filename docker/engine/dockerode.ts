import type { Duplex, Readable } from "node:stream";
import Docker from "dockerode";
import { demux } from "./demux.js";
import {
  EngineError,
  type Engine,
  type ExecOptions,
  type Inspect,
  type PathStat,
} from "./engine.js";
import { watchEvents } from "./events.js";

/** The newest API version that we use something of (gateway priorities). */
const NEWEST_API = "1.48";

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
      // Apart, or dockerode puts the body into the URL too, secrets and all.
      const options = { _query: { name }, _body: body };
      const made = await call(`create ${name}`, () =>
        docker.createContainer(options as Docker.ContainerCreateOptions),
      );
      return made.id;
    },
    start: async (id) =>
      void (await unless(304, `start ${id}`, () => container(id).start())),
    stop: async (id, seconds) =>
      void (await unless([304, 404], `stop ${id}`, () =>
        container(id).stop({ t: seconds }),
      )),
    remove: async (id) =>
      void (await unless([404, 409], `remove ${id}`, () =>
        container(id).remove({ force: true, v: false }),
      )),
    pause: async (id) =>
      void (await unless(409, `pause ${id}`, () => container(id).pause(), {
        says: /already paused/,
      })),
    unpause: async (id) =>
      void (await unless(
        [404, 409, 500],
        `unpause ${id}`,
        () => container(id).unpause(),
        { says: /not paused|not running|no such container/i },
      )),
    wait: async (id) => {
      const ended = (await call(`wait ${id}`, () => container(id).wait())) as {
        StatusCode: number;
      };
      return ended.StatusCode;
    },
    connect: async (network, id, endpoint) =>
      void (await unless(
        403,
        `connect ${id} to ${network}`,
        () =>
          docker.getNetwork(network).connect({
            Container: id,
            EndpointConfig: endpoint as Docker.EndpointSettings,
          }),
        { says: /already (exists in|attached to) network/ },
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
        follow: options.follow ?? false,
        timestamps: options.timestamps ?? false,
        ...(options.tail === undefined ? {} : { tail: options.tail }),
        ...(options.since === undefined ? {} : { since: options.since }),
      };
      const raw = await call(`logs ${id}`, () => openLogs(docker, id, wanted));
      if (tty) return raw;
      const plain = demux();
      raw.on("error", (error) => plain.destroy(error));
      plain.on("close", () => raw.destroy());
      return raw.pipe(plain);
    },
    attach: async (id) =>
      (await call(`attach ${id}`, () =>
        container(id).attach({
          hijack: true,
          stream: true,
          stdin: true,
          stdout: true,
          stderr: true,
        }),
      )) as Duplex,
    resize: async (id, cols, rows) =>
      void (await call(`resize ${id}`, () =>
        container(id).resize({ w: cols, h: rows }),
      )),
    exec: async (id, options) => {
      const made = await call(`exec in ${id}`, () =>
        container(id).exec(execBody(options)),
      );
      const { tty, size } = options;
      const stream = await call(`exec in ${id}`, () =>
        made.start({ hijack: true, stdin: true, Tty: tty }),
      );
      const resize = async (cols: number, rows: number) =>
        void (await call(`resize an exec in ${id}`, () =>
          made.resize({ w: cols, h: rows }),
        ));
      // Engines before API 1.42 do not take the size when it is created.
      if (tty && size) resize(size.cols, size.rows).catch(() => undefined);
      return {
        stream,
        resize,
        exitCode: async () => {
          const { Running, ExitCode } = await call(`exec in ${id}`, () =>
            made.inspect(),
          );
          return Running ? undefined : (ExitCode ?? undefined);
        },
      };
    },
    stat: async (id, path) => {
      const found = (await unless(404, `look for ${path} in ${id}`, () =>
        container(id).infoArchive({ path }),
      )) as (Readable & { headers: Record<string, string> }) | undefined;
      found?.resume();
      return found && pathStat(found.headers[PATH_STAT] ?? "");
    },
    exists: async (id, path) => {
      const found = (await unless(404, `look for ${path} in ${id}`, () =>
        container(id).infoArchive({ path }),
      )) as Readable | undefined;
      found?.resume();
      return found !== undefined;
    },
    readArchive: (id, path) =>
      unless(404, `read ${path} of ${id}`, () =>
        container(id).getArchive({ path }),
      ) as Promise<Readable | undefined>,
    writeArchive: async (id, path, tar, { asUser = false } = {}) =>
      void (await call(`write ${path} of ${id}`, () =>
        container(id).putArchive(tar, {
          path,
          ...(asUser && { copyUIDGID: "true" }),
        }),
      )),
    removeVolume: async (name) =>
      void (await unless(404, `remove volume ${name}`, () =>
        docker.getVolume(name).remove(),
      )),
    watch: (look) =>
      watchEvents(
        (since) =>
          docker.getEvents({
            since,
            filters: { type: ["container", "network"] },
          }) as Promise<Readable>,
        look,
      ),
  };
}

/** The body of `POST /containers/:id/exec`. */
function execBody({ command, tty, stdin, env, size }: ExecOptions) {
  return {
    Cmd: command,
    Tty: tty,
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    ...(env && { Env: env }),
    ...(tty &&
      size && { ConsoleSize: [size.rows, size.cols] as [number, number] }),
  };
}

const PATH_STAT = "x-docker-container-path-stat";
/** Of Go's file modes, which the Engine tells. */
const MODE_DIR = 2 ** 31;

/** What the Engine says of a path: JSON in base64. */
function pathStat(header: string): PathStat {
  const { name, size, mode, linkTarget } = JSON.parse(
    Buffer.from(header, "base64").toString(),
  ) as { name: string; size: number; mode: number; linkTarget: string };
  return { name, size, linkTarget, directory: mode >= MODE_DIR };
}

/**
 * Container logs, always as a stream: without `follow`, dockerode parses what
 * was logged as JSON.
 */
function openLogs(
  docker: Docker,
  id: string,
  options: Record<string, unknown>,
): Promise<Readable> {
  const modem = docker.modem as Docker["modem"] & {
    dial(
      options: object,
      done: (error: Error | null, data: unknown) => void,
    ): void;
  };
  const request = {
    path: `/containers/${id}/logs?`,
    method: "GET",
    isStream: true,
    statusCodes: { 200: true, 404: "no such container", 500: "server error" },
    options,
  };
  return new Promise((resolve, reject) => {
    modem.dial(request, (error, stream) => {
      if (error) reject(error);
      else resolve(stream as Readable);
    });
  });
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
    throw new EngineError(name, error.statusCode ?? 0, messageOf(error), {
      cause,
    });
  }
}

/** The Engine's own words; of streams dockerode has them in its message only. */
function messageOf(error: DockerodeError): string {
  const said = /^\(HTTP code \d+\) .*? - (.*?)\s*$/s.exec(error.message)?.[1];
  const useful = said && said !== "[object Object]" ? said : undefined;
  return error.json?.message ?? useful ?? error.reason ?? error.message;
}

/**
 * Like `call`, but undefined where the Engine answers one of these statuses,
 * and `says` so where one status means several things.
 */
async function unless<T>(
  status: number | number[],
  name: string,
  run: () => Promise<T>,
  { says = /(?:)/ }: { says?: RegExp } = {},
): Promise<T | undefined> {
  try {
    return await call(name, run);
  } catch (error) {
    const quiet = [status].flat();
    if (
      error instanceof EngineError &&
      quiet.includes(error.status) &&
      says.test(error.message)
    ) {
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
