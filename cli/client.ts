import type {
  Breakpoint,
  List,
  NewBreakpoint,
  NewSession,
  Pause,
  Session,
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
  pauses(session?: string): Promise<List<Pause>>;
  pause(name: string): Promise<Pause>;
  continuePause(name: string): Promise<Pause>;
  breakpoints(session?: string): Promise<List<Breakpoint>>;
  breakpoint(name: string): Promise<Breakpoint>;
  createBreakpoint(breakpoint: NewBreakpoint): Promise<Breakpoint>;
  deleteBreakpoint(name: string): Promise<Breakpoint>;
  attach(pause: string, size: Size, onOutput: OnOutput): Promise<Link>;
}

/** The client over HTTP; the only place that knows the API's URLs. */
export function httpClient(endpoint: Endpoint): Client {
  const get = <T>(path: string) => requestJson<T>(endpoint, "GET", path);
  const session = (name: string) => `/v1/sessions/${encodeURIComponent(name)}`;
  const pause = (name: string) => `/v1/pauses/${encodeURIComponent(name)}`;
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
    pauses: (of) => get(`/v1/pauses${query({ session: of })}`),
    pause: (name) => get(pause(name)),
    continuePause: (name) =>
      requestJson(endpoint, "POST", `${pause(name)}/continue`),
    breakpoints: (of) => get(`/v1/breakpoints${query({ session: of })}`),
    breakpoint: (name) => get(breakpoint(name)),
    createBreakpoint: (body) =>
      requestJson(endpoint, "POST", "/v1/breakpoints", body),
    deleteBreakpoint: (name) =>
      requestJson(endpoint, "DELETE", breakpoint(name)),
    attach: (name, size, onOutput) =>
      openLink(
        endpoint,
        `${pause(name)}/attach${query({ ...size })}`,
        onOutput,
      ),
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
