import type { Readable } from "node:stream";
import type {
  Breakpoint,
  Event,
  FileInfo,
  List,
  NewBreakpoint,
  NewSession,
  Pause,
  SeenRequest,
  ServerVersion,
  Session,
  SessionPlan,
  ShareLink,
  Stacks,
  Target,
  WatchEvent,
} from "../sidecar/schema/index.js";
import type { Resource } from "./print/columns.js";
import type { ResourceType } from "./resources.js";
import {
  requestJson,
  requestStream,
  sendStream,
  type Endpoint,
} from "./http.js";
import { parseServerEvents } from "./sse.js";
import { openLink, type Link, type OnOutput, type Size } from "./link.js";
import { openStream, type Stream, type StreamOutput } from "./stream.js";

/** The sidecar gives a sign of life three times in this time. */
const WATCH_SILENCE_MS = 45_000;

/** A command to run in a replica. */
export interface ExecCommand {
  command: string[];
  stdin: boolean;
  /** A terminal of this size and type. */
  tty?: Size & { term: string };
}

/** Which part of a log is wanted. */
export interface LogOptions {
  follow?: boolean;
  tail?: number;
  /** Such as 10m. */
  since?: string;
  timestamps?: boolean;
}

/** Which events are wanted. */
export interface EventQuery {
  /** TYPE/NAME of the object; of a session, all that concerns it. */
  for?: string | undefined;
  /** Normal, Warning or both, with a comma. */
  types?: string | undefined;
}

/** What is watched of a list. */
export interface WatchQuery extends EventQuery {
  name?: string | undefined;
  session?: string | undefined;
  /** Of requests: also those that no session matched. */
  unmatched?: boolean | undefined;
  /** The last version that is known: what has changed since is told. */
  resourceVersion?: string | undefined;
}

/** A message of a watch, and the version that is known with it. */
export interface Watched {
  event: WatchEvent<Resource>;
  id: string | undefined;
}

/** Which requests are wanted. */
export interface RequestQuery {
  session?: string | undefined;
  /** Also those that no session matched; interceptors tell of them for a while then. */
  unmatched?: boolean | undefined;
}

/** The sidecar's API. Every method throws a `UserError` when it is refused. */
export interface Client {
  version(): Promise<ServerVersion>;
  targets(): Promise<List<Target>>;
  sessions(): Promise<List<Session>>;
  session(name: string): Promise<Session>;
  createSession(session: NewSession): Promise<Session>;
  planSession(session: NewSession): Promise<SessionPlan>;
  /** Changes a session; with `dryRun`, says only how it would be. */
  updateSession(
    name: string,
    session: NewSession,
    dryRun?: boolean,
  ): Promise<Session>;
  /** The session is gone when reading it says NotFound. */
  deleteSession(name: string): Promise<Session>;
  logs(name: string, options: LogOptions): Promise<AsyncIterable<Uint8Array>>;
  /** What puts a browser into the session. */
  share(name: string): Promise<ShareLink>;
  /** Where all threads of the replica are; nothing is paused. */
  stacks(name: string): Promise<Stacks>;
  /** With `wait`: as soon as there is one, or when so many seconds are over. */
  pauses(session?: string, wait?: number): Promise<List<Pause>>;
  pause(name: string): Promise<Pause>;
  continuePause(name: string): Promise<Pause>;
  requests(query?: RequestQuery): Promise<List<SeenRequest>>;
  request(name: string): Promise<SeenRequest>;
  breakpoints(session?: string): Promise<List<Breakpoint>>;
  breakpoint(name: string): Promise<Breakpoint>;
  createBreakpoint(
    breakpoint: NewBreakpoint,
    dryRun?: boolean,
  ): Promise<Breakpoint>;
  updateBreakpoint(
    name: string,
    breakpoint: NewBreakpoint,
    dryRun?: boolean,
  ): Promise<Breakpoint>;
  deleteBreakpoint(name: string): Promise<Breakpoint>;
  /** What happened, in the order in which it happened last. */
  events(query: EventQuery): Promise<List<Event>>;
  /** First what there is, then what changes, until the sidecar ends or is lost. */
  watch(type: ResourceType, query: WatchQuery): Promise<AsyncIterable<Watched>>;
  attach(pause: string, size: Size, onOutput: OnOutput): Promise<Link>;
  /** Runs a command in a session's replica. */
  exec(
    session: string,
    command: ExecCommand,
    onOutput: StreamOutput,
  ): Promise<Stream>;
  /** A connection to a port of a session's replica. */
  forward(
    session: string,
    port: number,
    onOutput: StreamOutput,
  ): Promise<Stream>;
  /** What there is at a path in a session's replica. */
  file(session: string, path: string): Promise<FileInfo>;
  /** A tar of it. */
  readArchive(
    session: string,
    path: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Unpacks a tar into a folder there. */
  writeArchive(session: string, path: string, tar: Readable): Promise<void>;
  /** The main terminal of a session's replica. */
  attachMain(session: string, size: Size, onOutput: OnOutput): Promise<Link>;
}

/**
 * The client over HTTP; the only place that knows the API's URLs.
 * @param colour whether terminals may be sent in colours
 */
export function httpClient(endpoint: Endpoint, colour = true): Client {
  const get = <T>(path: string) => requestJson<T>(endpoint, "GET", path);
  const session = (name: string) => `/v1/sessions/${encodeURIComponent(name)}`;
  const pause = (name: string) => `/v1/pauses/${encodeURIComponent(name)}`;
  const open = (of: string, size: Size, onOutput: OnOutput) => {
    const asked = query({ ...size, ...(!colour && { colour }) });
    return openLink(endpoint, `${of}/attach${asked}`, onOutput);
  };
  const breakpoint = (name: string) =>
    `/v1/breakpoints/${encodeURIComponent(name)}`;
  const sendSession = async <T>(
    method: string,
    path: string,
    body: NewSession,
  ) => {
    const { target, allowProduction } = body.spec;
    const { production } = endpoint;
    if (production !== undefined && allowProduction !== target) {
      const { engineIsProduction } = await import("./session-errors.js");
      throw engineIsProduction(target, production);
    }
    return requestJson<T>(endpoint, method, path, body);
  };
  return {
    version: () => get("/v1/version"),
    targets: () => get("/v1/targets"),
    sessions: () => get("/v1/sessions"),
    session: (name) => get(session(name)),
    createSession: (body) => sendSession("POST", "/v1/sessions", body),
    planSession: (body) =>
      sendSession("POST", "/v1/sessions?dryRun=true", body),
    updateSession: (name, body, dryRun) =>
      sendSession("PUT", `${session(name)}${dry(dryRun)}`, body),
    deleteSession: (name) => requestJson(endpoint, "DELETE", session(name)),
    logs: (name, options) =>
      requestStream(endpoint, `${session(name)}/logs${query({ ...options })}`),
    share: (name) => get(`${session(name)}/share`),
    stacks: (name) => get(`${session(name)}/stacks`),
    pauses: (of, wait) => {
      // Who waits for a pause attaches to it: what that takes is loaded meanwhile.
      if (wait !== undefined) void import("ws");
      return get(`/v1/pauses${query({ session: of, wait })}`);
    },
    pause: (name) => get(pause(name)),
    continuePause: (name) =>
      requestJson(endpoint, "POST", `${pause(name)}/continue`),
    attach: (name, size, onOutput) => open(pause(name), size, onOutput),
    attachMain: (name, size, onOutput) => open(session(name), size, onOutput),
    exec: (name, { command, stdin, tty }, onOutput) => {
      const asked = new URLSearchParams();
      for (const word of command) asked.append("command", word);
      if (stdin) asked.set("stdin", "true");
      for (const [key, value] of Object.entries(tty ?? {})) {
        asked.set("tty", "true");
        asked.set(key, String(value));
      }
      const path = `${session(name)}/exec?${asked.toString()}`;
      return openStream(endpoint, path, onOutput);
    },
    forward: (name, port, onOutput) =>
      openStream(
        endpoint,
        `${session(name)}/forward${query({ port })}`,
        onOutput,
      ),
    file: (name, path) => get(`${session(name)}/files${query({ path })}`),
    readArchive: (name, path, signal) =>
      requestStream(
        endpoint,
        `${session(name)}/archive${query({ path })}`,
        0,
        "application/x-tar",
        signal,
      ),
    writeArchive: (name, path, tar) =>
      sendStream(endpoint, `${session(name)}/archive${query({ path })}`, tar),
    events: (asked) => get(`/v1/events${query({ ...asked })}`),
    watch: async (type, asked) => {
      const path = `/v1/${type}${query({ watch: true, ...asked })}`;
      return watched(
        await requestStream(
          endpoint,
          path,
          WATCH_SILENCE_MS,
          "text/event-stream",
        ),
      );
    },
    requests: (asked = {}) => get(`/v1/requests${query({ ...asked })}`),
    request: (name) => get(`/v1/requests/${encodeURIComponent(name)}`),
    breakpoints: (of) => get(`/v1/breakpoints${query({ session: of })}`),
    breakpoint: (name) => get(breakpoint(name)),
    createBreakpoint: (body, dryRun) =>
      requestJson(endpoint, "POST", `/v1/breakpoints${dry(dryRun)}`, body),
    updateBreakpoint: (name, body, dryRun) =>
      requestJson(endpoint, "PUT", `${breakpoint(name)}${dry(dryRun)}`, body),
    deleteBreakpoint: (name) =>
      requestJson(endpoint, "DELETE", breakpoint(name)),
  };
}

const dry = (dryRun = false) => (dryRun ? query({ dryRun }) : "");

async function* watched(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Watched> {
  for await (const { data, id } of parseServerEvents(chunks)) {
    yield { event: JSON.parse(data) as WatchEvent<Resource>, id };
  }
}

function query(
  values: Record<string, string | number | boolean | undefined>,
): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) parameters.set(key, String(value));
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : "";
}
