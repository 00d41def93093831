import type { CreateSpec, Inspect } from "../../docker/engine/engine.js";
import { EngineError } from "../../docker/engine/engine.js";
import type { ReachedEngine } from "../../docker/engine/reach/index.js";
import type { Row } from "../../docker/engine/reach/light-engine.js";

/** A row of the list of containers, as a test needs it. */
export function aRow(name: string, more: Partial<Row> = {}): Row {
  return {
    id: `id of ${name}`,
    name,
    image: "sidestep-sidecar",
    state: "running",
    status: "Up 2 minutes",
    labels: {},
    created: 0,
    ports: [],
    networks: [],
    mounts: [],
    ...more,
  };
}

/** A sidecar's row: of a project, with a volume of its name. */
export const aSidecar = (name: string, more: Partial<Row> = {}): Row =>
  aRow(name, {
    mounts: [{ Type: "volume", Name: name, Destination: "/.sidestep" }],
    ...more,
    labels: {
      "sidestep.role": "sidecar",
      "sidestep.version": "0.1.0",
      ...more.labels,
    },
  });

/** What a sidecar made: owned by the volume of its name. */
export const ofSidecar = (owner: string, role: string, name: string): Row =>
  aRow(name, { labels: { "sidestep.role": role, "sidestep.owner": owner } });

/** An Engine in memory: its containers are the test's, its calls are kept. */
export class FakeEngine {
  rows: Row[] = [];
  images = ["sidestep-sidecar"];
  volumeNames: string[] = [];
  calls: string[] = [];
  created: CreateSpec[] = [];
  /** What short-lived containers say, by the last word of their command. */
  said: Record<string, string[]> = {};
  /** Network modes of containers that are not on the bridge, by their names. */
  modes: Record<string, string> = {};
  logs: string[] = [];
  /** Thrown by every call, if set. */
  failure: Error | undefined;
  /** Called after each call, so that the world goes on. */
  after: (call: string) => void = () => {};

  reached(): ReachedEngine {
    const did = (call: string) => {
      this.calls.push(call);
      if (this.failure) throw this.failure;
      this.after(call);
    };
    const find = (id: string) =>
      this.rows.find((row) => [row.id, row.name].includes(id));
    const name = (id: string) => find(id)?.name ?? id;
    return {
      endpoint: { url: "unix:///var/run/docker.sock", kind: "unix", path: "" },
      context: { name: "default", by: "docker" },
      version: async () => {
        did("version");
        return { version: "26.1.5", apiVersion: "1.45" };
      },
      list: async (labels = []) => {
        did("list");
        return this.rows.filter((row) =>
          labels.every((each) => {
            const [key = "", value] = each.split("=");
            const has = row.labels[key];
            return value === undefined ? has !== undefined : has === value;
          }),
        );
      },
      inspect: async (id) => {
        const row = find(id);
        return row && inspectOf(row, this.modes[row.name]);
      },
      create: async (spec) => {
        did(`create ${spec.name}`);
        if (find(spec.name)) throw new EngineError("create", 409, "conflict");
        this.created.push(spec);
        this.rows.push(aSidecar(spec.name, { state: "created" }));
        return spec.name;
      },
      start: async (id) => {
        did(`start ${name(id)}`);
        const row = find(id);
        if (row) row.state = "running";
      },
      stop: async (id) => {
        did(`stop ${name(id)}`);
        const row = find(id);
        if (row) row.state = "exited";
      },
      remove: async (id) => {
        this.calls.push(`remove ${name(id)}`);
        this.rows = this.rows.filter((row) => row !== find(id));
      },
      unpause: async (id) => {
        did(`unpause ${name(id)}`);
        const row = find(id);
        if (row) row.state = "running";
      },
      wait: async () => 0,
      log: async () => this.logs,
      top: async () => ["python3 /usr/bin/gunicorn shop.wsgi"],
      readFile: async () => undefined,
      run: async ({ name: brief, body }) => {
        did(`run ${brief}`);
        return this.said[(body["Cmd"] as string[]).at(-1)!] ?? [];
      },
      exec: () => Promise.reject(new Error("not here")),
      hasImage: async (image) => this.images.includes(image),
      volumes: async () =>
        this.volumeNames.map((volume) => ({ name: volume, value: volume })),
      removeVolume: async (volume) => {
        did(`remove volume ${volume}`);
        this.volumeNames = this.volumeNames.filter((each) => each !== volume);
        return true;
      },
      close: () => {},
    };
  }
}

function inspectOf(row: Row, mode = "bridge"): Inspect {
  const paused = row.state === "paused";
  return {
    Id: row.id,
    Name: `/${row.name}`,
    Created: "",
    Image: row.image,
    State: {
      Status: row.state,
      Running: row.state === "running" || paused,
      Paused: paused,
      ExitCode: row.state === "exited" ? 1 : 0,
      StartedAt: "",
    },
    Config: { Image: row.image, ExposedPorts: { "8000/tcp": {} } },
    HostConfig: { NetworkMode: mode },
    NetworkSettings: {},
  };
}
