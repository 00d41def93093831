import type { Duplex, Readable } from "node:stream";

/** One network of a container, as the Engine reports it. */
export interface EndpointSettings {
  IPAddress?: string;
  Gateway?: string;
  GlobalIPv6Address?: string;
  Links?: string[] | null;
  DriverOpts?: Record<string, string> | null;
  GwPriority?: number;
}

/** One mount of a container, as the Engine reports it. */
export interface MountPoint {
  Type: string;
  Name?: string;
  Source?: string;
  Destination: string;
  RW?: boolean;
  Propagation?: string;
}

/**
 * What `GET /containers/:id/json` answers, as far as we read it. `Config` and
 * `HostConfig` are copied key by key, so they keep the Engine's own names.
 */
export interface Inspect {
  Id: string;
  Name: string;
  Created: string;
  Image: string;
  State: {
    Status: string;
    Running: boolean;
    Paused?: boolean;
    ExitCode: number;
    StartedAt: string;
    FinishedAt?: string;
    OOMKilled?: boolean;
    Error?: string;
  };
  Config: {
    Image: string;
    Env?: string[] | null;
    Labels?: Record<string, string> | null;
    ExposedPorts?: Record<string, unknown> | null;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    [key: string]: unknown;
  };
  HostConfig: {
    NetworkMode?: string;
    Binds?: string[] | null;
    Mounts?: { Target: string; [key: string]: unknown }[] | null;
    Links?: string[] | null;
    Sysctls?: Record<string, string> | null;
    Ulimits?: { Name: string; [key: string]: unknown }[] | null;
    [key: string]: unknown;
  };
  Mounts?: MountPoint[];
  NetworkSettings: {
    Networks?: Record<string, EndpointSettings> | null;
    Ports?: Record<string, { HostIp: string; HostPort: string }[] | null>;
  };
}

/** One row of the list of containers. */
export interface Summary {
  id: string;
  name: string;
  image: string;
  state: string;
  labels: Record<string, string>;
  /** Unix time in seconds. */
  created: number;
}

/** A container to create: its name, and the body of `POST /containers/create`. */
export interface CreateSpec {
  name: string;
  body: Record<string, unknown>;
}

/** What of a container's log is wanted; times as the Engine takes them. */
export interface LogOptions {
  follow?: boolean;
  tail?: number;
  since?: number;
  timestamps?: boolean;
}

/** A command to run in a container that runs. */
export interface ExecOptions {
  command: string[];
  tty: boolean;
  stdin: boolean;
  /** NAME=VALUE, beside the container's. */
  env?: string[];
  /** The size of its TTY, in character cells. */
  size?: { cols: number; rows: number };
}

/** A command that runs in a container. Closing its stream does not end it. */
export interface Exec {
  /** What it reads; what it writes: as it is with a TTY, else in the Engine's frames. */
  stream: Duplex;
  resize: (cols: number, rows: number) => Promise<void>;
  /** Undefined while it runs. */
  exitCode: () => Promise<number | undefined>;
}

/** What there is at a path inside a container. */
export interface PathStat {
  name: string;
  size: number;
  directory: boolean;
  /** Where a symbolic link leads to; empty: it is none. */
  linkTarget: string;
}

/**
 * The Docker Engine, in our own words. Every method rejects with an
 * `EngineError`; what is already so (started, removed, connected) is no error.
 */
export interface Engine {
  version(): Promise<{ version: string; apiVersion: string }>;
  /** All containers, stopped ones too, that carry every label given. */
  list(labels?: string[]): Promise<Summary[]>;
  /** Undefined where there is no such container. */
  inspect(id: string): Promise<Inspect | undefined>;
  /** The id of the new container. */
  create(spec: CreateSpec): Promise<string>;
  start(id: string): Promise<void>;
  /** Asks it to end, and kills it if it has not after so many seconds. */
  stop(id: string, seconds: number): Promise<void>;
  /** Kills and removes; anonymous volumes stay. */
  remove(id: string): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  /** Waits for the container's end; its exit code. */
  wait(id: string): Promise<number>;
  connect(network: string, id: string, endpoint: unknown): Promise<void>;
  /** The command lines of the container's processes. */
  top(id: string): Promise<string[]>;
  /** The log as plain bytes, stdout and stderr together. */
  logs(id: string, tty: boolean, options: LogOptions): Promise<Readable>;
  /** The container's own TTY: what it prints from now on, and what it reads. */
  attach(id: string): Promise<Duplex>;
  /** Sets the size of the container's own TTY, in character cells. */
  resize(id: string, cols: number, rows: number): Promise<void>;
  exec(id: string, options: ExecOptions): Promise<Exec>;
  /** Undefined where there is nothing at the path. */
  stat(id: string, path: string): Promise<PathStat | undefined>;
  /** Whether there is a file or folder at a path inside the container. */
  exists(id: string, path: string): Promise<boolean>;
  /** A tar of a path inside the container; undefined where there is none. */
  readArchive(id: string, path: string): Promise<Readable | undefined>;
  /** With `asUser`, what is written belongs to the container's user. */
  writeArchive(
    id: string,
    path: string,
    tar: Readable,
    options?: { asUser?: boolean },
  ): Promise<void>;
  removeVolume(name: string): Promise<void>;
  /**
   * Calls back at every container event, and after every reconnection: an
   * event says "look again", nothing more. Returns a function that stops it.
   */
  watch(look: () => void): () => void;
}

/** An Engine call that failed; status 0 where the Engine could not be reached. */
export class EngineError extends Error {
  constructor(
    readonly call: string,
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${call}: ${message}`, options);
    this.name = "EngineError";
  }
}
