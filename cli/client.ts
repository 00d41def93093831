import type {
  Breakpoint,
  List,
  NewBreakpoint,
  NewSession,
  Pause,
  Session,
  Stacks,
  Target,
} from "../sidecar/schema/index.js";
import { requestJson, requestStream, type Endpoint } from "./http.js";
import { openLink, type Link, type OnOutput, type Size } from "./link.js";

/** What the sidecar says about itself and its Engine. */
export interface ServerVersion {
  version: string;
  apiVersion: string;
  engine: { version: string; apiVersion: string };
}

/** What creating a session would do. */
export interface SessionPlan {
  session: Session;
  /** One operation a line, each with its cause. */
  plan: string;
}

/** Which part of a log is wanted. */
export interface LogOptions {
  follow?: boolean;
  tail?: number;
  /** Such as 10m. */
  since?: string;
  timestamps?: boolean;
}

/** The sidecar's API. Every method throws a `UserError` when it is refused. */
export interface Client {
  version(): Promise<ServerVersion>;
  targets(): Promise<List<Target>>;
  sessions(): Promise<List<Session>>;
  session(name: string): Promise<Session>;
  createSession(session: NewSession): Promise<Session>;
  planSession(session: NewSession): Promise<SessionPlan>;
  /** The session is gone when reading it says NotFound. */
  deleteSession(name: string): Promise<Session>;
  logs(name: string, options: LogOptions): Promise<AsyncIterable<Uint8Array>>;
  /** Where all threads of the replica are; nothing is paused. */
  stacks(name: string): Promise<Stacks>;
  /** With `wait`: as soon as there is one, or when so many seconds are over. */
  pauses(session?: string, wait?: number): Promise<List<Pause>>;
  pause(name: string): Promise<Pause>;
  continuePause(name: string): Promise<Pause>;
  breakpoints(session?: string): Promise<List<Breakpoint>>;
  breakpoint(name: string): Promise<Breakpoint>;
  createBreakpoint(breakpoint: NewBreakpoint): Promise<Breakpoint>;
  deleteBreakpoint(name: string): Promise<Breakpoint>;
  attach(pause: string, size: Size, onOutput: OnOutput): Promise<Link>;
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
  return {
    version: () => get("/v1/version"),
    targets: () => get("/v1/targets"),
    sessions: () => get("/v1/sessions"),
    session: (name) => get(session(name)),
    createSession: (body) =>
      requestJson(endpoint, "POST", "/v1/sessions", body),
    planSession: (body) =>
      requestJson(endpoint, "POST", "/v1/sessions?dryRun=true", body),
    deleteSession: (name) => requestJson(endpoint, "DELETE", session(name)),
    logs: (name, options) =>
      requestStream(endpoint, `${session(name)}/logs${query({ ...options })}`),
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
    breakpoints: (of) => get(`/v1/breakpoints${query({ session: of })}`),
    breakpoint: (name) => get(breakpoint(name)),
    createBreakpoint: (body) =>
      requestJson(endpoint, "POST", "/v1/breakpoints", body),
    deleteBreakpoint: (name) =>
      requestJson(endpoint, "DELETE", breakpoint(name)),
  };
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
