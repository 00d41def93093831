import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import {
  EngineError,
  type CreateSpec,
  type EndpointSettings,
  type Inspect,
  type MountPoint,
  type Summary,
} from "../engine.js";
import { fileOfTar } from "../tar.js";
import type { EngineEndpoint } from "./endpoint.js";
import { engineHttp } from "./engine-http.js";
import { openExec } from "./exec.js";

/** One row of the list of containers, with what else the list has. */
export interface Row extends Summary {
  /** Such as "Exited (1) 2 minutes ago". */
  status: string;
  ports: { private: number; public?: number; host?: string }[];
  networks: EndpointSettings[];
  mounts: MountPoint[];
}

/**
 * What a command needs of the Engine, over bare HTTP: dockerode, and all that
 * it loads, takes longer than `docker ps`. Rejects with an `EngineError`, as
 * the `Engine` of the sidecar does.
 */
export interface LightEngine {
  version(): Promise<{ version: string; apiVersion: string }>;
  /** All containers, stopped ones too, that carry every label given. */
  list(labels?: string[]): Promise<Row[]>;
  inspect(id: string): Promise<Inspect | undefined>;
  create(spec: CreateSpec): Promise<string>;
  start(id: string): Promise<void>;
  stop(id: string, seconds: number): Promise<void>;
  remove(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  wait(id: string): Promise<number>;
  /** The last lines of a container's log, without colours' or frames' bytes. */
  log(id: string, tail: number): Promise<string[]>;
  /** The command lines of the container's processes. */
  top(id: string): Promise<string[]>;
  /** The text of a file of a container; undefined where there is none. */
  readFile(id: string, path: string): Promise<string | undefined>;
  /** Runs a short-lived container to its end; the lines it said. */
  run(spec: CreateSpec): Promise<string[]>;
  /** Runs a program in a container; its stdin and stdout. */
  exec(id: string, command: string[]): Promise<Duplex>;
  hasImage(name: string): Promise<boolean>;
  /** The names of the volumes that carry a label, with its value. */
  volumes(label: string): Promise<{ name: string; value: string }[]>;
  /** False where it is still in use. */
  removeVolume(name: string): Promise<boolean>;
  close(): void;
}

/** The Engine at an endpoint. */
export function lightEngine(endpoint: EngineEndpoint): LightEngine {
  const http = engineHttp(endpoint);
  const post = (path: string, body?: unknown, timeout = 60_000) =>
    http.json<{ Id: string }>({ method: "POST", path, body, timeout });
  const quiet = async (done: Promise<unknown>, ...statuses: number[]) => {
    try {
      await done;
      return true;
    } catch (error) {
      if (error instanceof EngineError && statuses.includes(error.status)) {
        return false;
      }
      throw error;
    }
  };
  const unless404 = async <T>(done: Promise<T>): Promise<T | undefined> => {
    try {
      return await done;
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return;
      throw error;
    }
  };
  const get = <T>(path: string) => http.json<T>({ path });
  const of = (id: string, what: string) => `/containers/${encode(id)}${what}`;
  return {
    version: async () => {
      const found = await get<{ Version: string; ApiVersion: string }>(
        "/version",
      );
      return { version: found.Version, apiVersion: found.ApiVersion };
    },
    list: async (labels = []) => {
      const filters = encode(JSON.stringify({ label: labels }));
      const rows = await get<ListedContainer[]>(
        `/containers/json?all=true&filters=${filters}`,
      );
      return rows.map(rowOf);
    },
    inspect: (id) => unless404(get<Inspect>(of(id, "/json"))),
    create: async ({ name, body }) =>
      (await post(`/containers/create?name=${encode(name)}`, body)).Id,
    start: async (id) => void (await quiet(post(of(id, "/start")), 304)),
    stop: async (id, seconds) =>
      void (await quiet(
        post(of(id, `/stop?t=${seconds}`), undefined, (seconds + 30) * 1000),
        304,
        404,
      )),
    remove: async (id) =>
      void (await quiet(
        http.bytes({ method: "DELETE", path: of(id, "?force=true") }),
        404,
        409,
      )),
    unpause: async (id) =>
      void (await quiet(post(of(id, "/unpause")), 404, 409, 500)),
    wait: async (id) => {
      const call = { method: "POST", path: of(id, "/wait"), timeout: 0 };
      return (await http.json<{ StatusCode: number }>(call)).StatusCode;
    },
    log: async (id, tail) => {
      const path = of(id, `/logs?stdout=true&stderr=true&tail=${tail}`);
      return linesOf(await http.bytes({ path }));
    },
    run: async (spec) => {
      const { Id } = await post(
        `/containers/create?name=${encode(spec.name)}`,
        spec.body,
      );
      const path = of(Id, "/attach?stream=true&stdout=true&stderr=true");
      try {
        const said = await http.upgrade({ method: "POST", path, timeout: 0 });
        const all = buffer(said);
        await post(of(Id, "/start"));
        return linesOf(await all);
      } finally {
        await quiet(
          http.bytes({ method: "DELETE", path: of(Id, "?force=true") }),
          404,
          409,
        );
      }
    },
    top: async (id) => {
      const table = await get<{ Titles: string[]; Processes: string[][] }>(
        of(id, "/top"),
      );
      const column = table.Titles.findIndex((t) => /^(CMD|COMMAND)$/.test(t));
      return table.Processes.map((row) => row[column] ?? "");
    },
    readFile: async (id, path) => {
      const tar = await unless404(
        http.bytes({ path: of(id, `/archive?path=${encode(path)}`) }),
      );
      return tar && fileOfTar(tar.toString("latin1"));
    },
    exec: (id, command) => openExec(http, id, command),
    hasImage: async (name) =>
      (await unless404(get(`/images/${encode(name)}/json`))) !== undefined,
    volumes: async (label) => {
      const filters = encode(JSON.stringify({ label: [label] }));
      const { Volumes } = await get<{
        Volumes: { Name: string; Labels: Record<string, string> }[] | null;
      }>(`/volumes?filters=${filters}`);
      return (Volumes ?? []).map(({ Name, Labels }) => ({
        name: Name,
        value: Labels[label.replace(/=.*/, "")] ?? "",
      }));
    },
    removeVolume: async (name) => {
      const path = `/volumes/${encode(name)}`;
      const removed = unless404(http.bytes({ method: "DELETE", path }));
      return quiet(removed, 409);
    },
    close: () => http.close(),
  };
}

interface ListedContainer {
  Id: string;
  Names: string[];
  Image: string;
  State: string;
  Status: string;
  Created: number;
  Labels: Record<string, string> | null;
  Ports: { PrivatePort: number; PublicPort?: number; IP?: string }[] | null;
  NetworkSettings?: { Networks?: Record<string, EndpointSettings> | null };
  Mounts?: MountPoint[];
}

function rowOf(listed: ListedContainer): Row {
  return {
    id: listed.Id,
    name: (listed.Names[0] ?? "").replace(/^\//, ""),
    image: listed.Image,
    state: listed.State,
    status: listed.Status,
    labels: listed.Labels ?? {},
    created: listed.Created,
    ports: (listed.Ports ?? []).map((port) => ({
      private: port.PrivatePort,
      ...(port.PublicPort !== undefined && { public: port.PublicPort }),
      ...(port.IP !== undefined && { host: port.IP }),
    })),
    networks: Object.values(listed.NetworkSettings?.Networks ?? {}),
    mounts: listed.Mounts ?? [],
  };
}

/** The lines of what a container without a TTY said, frames taken apart. */
function linesOf(framed: Buffer): string[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at + HEADER <= framed.length;) {
    const end = at + HEADER + framed.readUInt32BE(at + 4);
    pieces.push(framed.subarray(at + HEADER, end));
    at = end;
  }
  return Buffer.concat(pieces).toString().split("\n").filter(Boolean);
}

/** Of a frame: the stream, three zeros, the length. */
const HEADER = 8;

const encode = encodeURIComponent;
