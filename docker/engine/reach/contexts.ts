import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { speaksOfProduction } from "../../../sidecar/schema/production.js";
import {
  DEFAULT_HOST,
  parseEndpoint,
  ReachError,
  type EngineEndpoint,
  type TlsMaterial,
} from "./endpoint.js";

/** What of the environment tells docker where its Engine is. */
export interface DockerEnvironment {
  HOME?: string | undefined;
  DOCKER_CONFIG?: string | undefined;
  DOCKER_HOST?: string | undefined;
  DOCKER_CONTEXT?: string | undefined;
  DOCKER_TLS_VERIFY?: string | undefined;
  DOCKER_CERT_PATH?: string | undefined;
}

/** A context, and what chose it. */
export interface ChosenContext {
  name: string;
  by: "--context" | "DOCKER_HOST" | "DOCKER_CONTEXT" | "sidestep" | "docker";
}

/** A context of docker's, as far as its file can be read. */
export interface DockerContext {
  name: string;
  description: string;
  /** Such as ssh://me@example.com. */
  host: string;
}

/** The context that is no file: DOCKER_HOST, or the usual socket. */
export const DEFAULT_CONTEXT = "default";

/**
 * The context that is meant, in the order of docker's own command line;
 * sidestep's own choice goes before the one of docker's configuration.
 */
export function chooseContext(
  env: DockerEnvironment,
  { flag, own }: { flag?: string | undefined; own?: string | undefined } = {},
): ChosenContext {
  if (flag) return { name: flag, by: "--context" };
  if (env.DOCKER_HOST) return { name: DEFAULT_CONTEXT, by: "DOCKER_HOST" };
  if (env.DOCKER_CONTEXT) {
    return { name: env.DOCKER_CONTEXT, by: "DOCKER_CONTEXT" };
  }
  if (own) return { name: own, by: "sidestep" };
  const name = readConfig(env).currentContext || DEFAULT_CONTEXT;
  return { name, by: "docker" };
}

/** Where the Engine of a context is. */
export function endpointOf(
  env: DockerEnvironment,
  name: string,
): EngineEndpoint {
  if (name === DEFAULT_CONTEXT) return defaultEndpoint(env);
  const meta = readMeta(env, folderOf(name));
  if (!meta) throw new ReachError("NoSuchContext", name);
  const { Host: host, SkipTLSVerify: skip } = meta.Endpoints?.docker ?? {};
  if (!host) {
    throw new ReachError("BadContext", `context "${name}" has no endpoint`);
  }
  const folder = join(configFolder(env), "contexts/tls", folderOf(name));
  const material = readTls(join(folder, "docker"), !skip);
  return parseEndpoint(
    host,
    material ?? (skip ? { verify: false } : undefined),
  );
}

/** All contexts, by name, the default one first. */
export function listContexts(env: DockerEnvironment): DockerContext[] {
  const folder = join(configFolder(env), "contexts/meta");
  const found = foldersIn(folder)
    .map((each) => readMeta(env, each))
    .filter((meta) => meta !== undefined)
    .map((meta) => ({
      name: meta.Name,
      description: meta.Metadata?.Description ?? "",
      host: meta.Endpoints?.docker?.Host ?? "",
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const first = {
    name: DEFAULT_CONTEXT,
    description: "DOCKER_HOST, or the usual socket",
    host: env.DOCKER_HOST || DEFAULT_HOST,
  };
  return [first, ...found];
}

/**
 * What says that a context is production, in words: one of those of its name, or
 * of its description; undefined where none does.
 */
export function productionContext(
  env: DockerEnvironment,
  name: string,
): string | undefined {
  if (name === DEFAULT_CONTEXT) return undefined;
  if (speaksOfProduction(name))
    return `the docker context "${name}" is named so`;
  const description = readMeta(env, folderOf(name))?.Metadata?.Description;
  return description !== undefined && speaksOfProduction(description)
    ? `the docker context "${name}" is described so: ${description}`
    : undefined;
}

/** The folder of docker's configuration. */
export function configFolder({ DOCKER_CONFIG, HOME }: DockerEnvironment) {
  return DOCKER_CONFIG || join(HOME || "/", ".docker");
}

function defaultEndpoint(env: DockerEnvironment): EngineEndpoint {
  const host = env.DOCKER_HOST || DEFAULT_HOST;
  const folder = env.DOCKER_CERT_PATH || configFolder(env);
  const wanted = env.DOCKER_TLS_VERIFY || env.DOCKER_CERT_PATH;
  const tls = wanted
    ? readTls(folder, Boolean(env.DOCKER_TLS_VERIFY))
    : undefined;
  return parseEndpoint(host, tls);
}

interface Meta {
  Name: string;
  Metadata?: { Description?: string };
  Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } };
}

function readMeta(env: DockerEnvironment, folder: string): Meta | undefined {
  const path = join(configFolder(env), "contexts/meta", folder, "meta.json");
  return readJson(path) as Meta | undefined;
}

function readConfig(env: DockerEnvironment): { currentContext?: string } {
  const path = join(configFolder(env), "config.json");
  return readJson(path) ?? {};
}

/** What a file of docker's says; undefined where there is none. */
function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ReachError("BadContext", `${path} cannot be read`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReachError("BadContext", `${path} is not JSON`, {
      cause: error,
    });
  }
}

/** Undefined where there is none of the three files. */
function readTls(folder: string, verify: boolean): TlsMaterial | undefined {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name));
    } catch {
      return undefined;
    }
  };
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map(read);
  if (!ca && !cert && !key) return undefined;
  return {
    verify,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const folderOf = (name: string): string =>
  createHash("sha256").update(name).digest("hex");
