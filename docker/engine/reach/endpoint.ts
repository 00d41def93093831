/** What proves both sides of a TLS connection; PEM. */
export interface TlsMaterial {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  /** False: the Engine's certificate is not checked. */
  verify: boolean;
}

/** Where a Docker Engine is, as seen from this machine. */
export type EngineEndpoint = {
  /** As docker writes it, such as unix:///var/run/docker.sock. */
  url: string;
} & (
  | { kind: "unix"; path: string }
  | { kind: "tcp"; host: string; port: number; tls?: TlsMaterial }
  | {
      kind: "ssh";
      user?: string;
      host: string;
      port?: number;
      /** The Engine's socket over there, if not the usual one. */
      path?: string;
    }
);

/** Why an Engine cannot be reached before anything was sent to it. */
export class ReachError extends Error {
  constructor(
    readonly code: "BadHost" | "NoSuchContext" | "BadContext" | "Ssh",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ReachError";
  }
}

/** Where docker looks when it is told nothing. */
export const DEFAULT_HOST = "unix:///var/run/docker.sock";

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/** Reads an endpoint as docker writes it: in DOCKER_HOST, or in a context. */
export function parseEndpoint(text: string, tls?: TlsMaterial): EngineEndpoint {
  const url = text.includes("://") ? text : `tcp://${text}`;
  const scheme = url.slice(0, url.indexOf("://"));
  const rest = url.slice(scheme.length + "://".length);
  if (scheme === "unix") {
    if (rest === "") throw bad(text, "has no path");
    return { url, kind: "unix", path: rest };
  }
  if (!["tcp", "http", "https", "ssh"].includes(scheme)) {
    throw bad(text, "begins with none of unix://, tcp://, ssh://");
  }
  // Of a scheme that URL knows, so that hosts and ports are read alike.
  const like = `ws://${rest}`;
  if (!URL.canParse(like)) throw bad(text, "is no address");
  const { hostname, port, username, password, pathname } = new URL(like);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (scheme === "ssh") {
    if (password) throw bad(text, "has a password, which ssh does not take");
    return {
      url,
      kind: "ssh",
      host,
      ...(username && { user: decodeURIComponent(username) }),
      ...(portOf(rest, port) && { port: portOf(rest, port) }),
      ...(pathname !== "/" && { path: pathname }),
    };
  }
  const secured = tls ?? (scheme === "https" ? { verify: true } : undefined);
  return {
    url,
    kind: "tcp",
    host: host || "127.0.0.1",
    port: portOf(rest, port) ?? (secured ? TLS_PORT : PLAIN_PORT),
    ...(secured && { tls: secured }),
  };
}

/** Whether an endpoint's loopback may be this machine's. */
export function mayBeHere(endpoint: EngineEndpoint): boolean {
  if (endpoint.kind === "unix") return true;
  return (
    endpoint.kind === "tcp" && /^(localhost|127\..*|::1)$/.test(endpoint.host)
  );
}

/** The port that is written: URL leaves out the one that it takes for usual. */
function portOf(rest: string, port: string): number | undefined {
  if (port) return Number(port);
  return /^[^/]*:80(\/|$)/.test(rest) ? 80 : undefined;
}

function bad(text: string, why: string): ReachError {
  return new ReachError("BadHost", `"${text}" ${why}`);
}
