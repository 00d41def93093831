import { readFile } from "node:fs/promises";
import type { FoundSidecar } from "../docker/engine/find-sidecars.js";
import { API_PORT } from "../sidecar/schema/constants.js";
import {
  engineForbidden,
  engineRefused,
  noSidecar,
  severalSidecars,
  sidecarNotFound,
  sidecarNotPublished,
  sidecarNotRunning,
} from "./errors.js";
import type { Endpoint } from "./http.js";

/** Lists the sidecars of the Docker Engine; lets the Engine's connection errors through. */
export interface SidecarFinder {
  find(): Promise<FoundSidecar[]>;
}

/** What of the environment says where the sidecar is. */
export interface DiscoveryEnvironment {
  /** Path of the sidecar's token: set inside of the sidecar's own container. */
  SIDESTEP_TOKEN_FILE?: string | undefined;
  /** Name of the sidecar that is meant, where there are several. */
  SIDESTEP_SIDECAR?: string | undefined;
}

/**
 * Finds the sidecar's API and its token: the own one inside of the sidecar's
 * container, else the one that the Engine shows.
 * @param wanted a sidecar's name or project; goes before SIDESTEP_SIDECAR
 */
export async function discover(
  finder: SidecarFinder,
  env: DiscoveryEnvironment,
  wanted = env.SIDESTEP_SIDECAR || undefined,
): Promise<Endpoint> {
  if (!wanted && env.SIDESTEP_TOKEN_FILE) {
    const token = await readToken(env.SIDESTEP_TOKEN_FILE);
    if (token) return { url: `http://127.0.0.1:${API_PORT}`, token };
  }
  const sidecar = choose(await find(finder), wanted);
  if (sidecar.state !== "running") {
    throw sidecarNotRunning(sidecar.name, sidecar.state);
  }
  if (!sidecar.url) throw sidecarNotPublished(sidecar.name);
  return { url: sidecar.url.replace(/\/$/, ""), token: sidecar.token };
}

async function readToken(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim() || undefined;
  } catch {
    return undefined; // not inside of the sidecar: the Engine knows
  }
}

function choose(
  sidecars: FoundSidecar[],
  wanted: string | undefined,
): FoundSidecar {
  const names = sidecars.map((sidecar) => sidecar.name);
  const running = sidecars.filter((sidecar) => sidecar.state === "running");
  // One that was left behind, stopped, is no reason to ask which is meant.
  const candidates = wanted
    ? (byName(sidecars, wanted) ?? sidecars.filter((s) => s.project === wanted))
    : running.length > 0
      ? running
      : sidecars;
  const [first, ...others] = candidates;
  if (first && others.length === 0) return first;
  if (first) throw severalSidecars(candidates.map((sidecar) => sidecar.name));
  if (wanted && names.length > 0) throw sidecarNotFound(wanted, names);
  throw noSidecar();
}

function byName(
  sidecars: FoundSidecar[],
  name: string,
): FoundSidecar[] | undefined {
  const named = sidecars.filter((sidecar) => sidecar.name === name);
  return named.length > 0 ? named : undefined;
}

async function find(finder: SidecarFinder): Promise<FoundSidecar[]> {
  try {
    return await finder.find();
  } catch (error) {
    throw explain(error);
  }
}

interface SystemError {
  code?: string;
  address?: string;
  port?: number;
  cause?: unknown;
}

/** Words for an Engine that cannot be reached; other errors as they are. */
function explain(error: unknown): unknown {
  for (
    let each = error as SystemError | undefined;
    each;
    each = each.cause as SystemError | undefined
  ) {
    const port = each.port ? `:${each.port}` : "";
    const address = `${each.address ?? "its socket"}${port}`;
    if (each.code === "EACCES" || each.code === "EPERM") {
      return engineForbidden(address, error);
    }
    if (each.code === "ECONNREFUSED" || each.code === "ENOENT") {
      return engineRefused(address, error);
    }
  }
  return error;
}
