import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { FoundSidecar } from "../docker/engine/find-sidecars.js";
import { API_PORT } from "../sidecar/schema/constants.js";
import { explainEngine, hasEnded, type EnginePlace } from "./engine-errors.js";
import {
  notReachable,
  noSidecar,
  severalSidecars,
  sidecarNotFound,
  sidecarNotRunning,
} from "./reach-errors.js";
import type { Endpoint } from "./http.js";
import { isTheSidecar } from "./identity.js";
import type { Transport } from "./where.js";
import { whoIsThis } from "./who.js";

/** Lists the sidecars of the Docker Engine; lets the Engine's connection errors through. */
export interface SidecarFinder {
  /** Where the Engine is; undefined where that is of no interest. */
  place?: EnginePlace;
  /** Whether what the Engine publishes on loopback may be on this machine. */
  mayBeHere?: boolean;
  find(): Promise<FoundSidecar[]>;
}

/** What of the environment says where the sidecar is. */
export interface DiscoveryEnvironment {
  /** Path of the sidecar's token: set inside of the sidecar's own container. */
  SIDESTEP_TOKEN_FILE?: string | undefined;
  /** Name of the sidecar that is meant, where there are several. */
  SIDESTEP_SIDECAR?: string | undefined;
}

/** What else is known of how the sidecar is to be reached. */
export interface DiscoveryOptions {
  /** A sidecar's name or project; goes before SIDESTEP_SIDECAR. */
  wanted?: string | undefined;
  /** Whether an Engine was named, which then is asked in any case. */
  elsewhere?: boolean;
  transport?: Transport;
  /** Takes what was found, a line each. */
  trace?: ((line: string) => void) | undefined;
  /** Takes the sidecar that was chosen. */
  chosen?: (sidecar: FoundSidecar) => void;
}

/**
 * Finds the sidecar's API and its token: the own one inside of the sidecar's
 * container, else the one that the Engine shows. It is reached at its published
 * port where that is proven to be it, else by an exec in its container.
 */
export async function discover(
  finder: () => Promise<SidecarFinder>,
  env: DiscoveryEnvironment,
  options: DiscoveryOptions = {},
): Promise<Endpoint> {
  const wanted = options.wanted ?? (env.SIDESTEP_SIDECAR || undefined);
  const trace = options.trace ?? (() => {});
  if (!wanted && !options.elsewhere && env.SIDESTEP_TOKEN_FILE) {
    const token = readToken(env.SIDESTEP_TOKEN_FILE);
    if (token) {
      trace("sidecar: the one of this container");
      return { url: OWN_URL, token, client: whoIsThis() };
    }
  }
  let place: EnginePlace | undefined;
  try {
    const engine = await finder();
    place = engine.place;
    if (place) {
      trace(
        `engine: ${place.url} (context "${place.context}", by ${place.by})`,
      );
    }
    const sidecar = choose(await engine.find(), wanted);
    if (sidecar.state !== "running") {
      throw sidecarNotRunning(sidecar.name, sidecar.state);
    }
    options.chosen?.(sidecar);
    trace(`sidecar: ${sidecar.name}, v${sidecar.version}`);
    const transport = options.transport ?? "auto";
    const endpoint = await reach(sidecar, engine, transport, trace);
    const production = place?.production;
    return {
      ...endpoint,
      client: whoIsThis(place?.context),
      ...(production !== undefined && { production }),
    };
  } catch (error) {
    throw explainEngine(error, place);
  }
}

/** Where the API is inside of the sidecar's container. */
const OWN_URL = `http://127.0.0.1:${API_PORT}`;

async function reach(
  sidecar: FoundSidecar,
  { mayBeHere = true }: SidecarFinder,
  transport: Transport,
  trace: (line: string) => void,
): Promise<Endpoint> {
  const token = await sidecar.token().catch((error: unknown) => {
    throw hasEnded(error) ? sidecarNotRunning(sidecar.name, "ending") : error;
  });
  const url = sidecar.url?.replace(/\/$/, "");
  const reason = async () => {
    if (!url) return "it publishes no port";
    if (!mayBeHere) return "the Engine is on another machine";
    if (await isTheSidecar(url, token)) return undefined;
    return `what answers at ${new URL(url).host} is not this sidecar`;
  };
  const why = transport === "exec" ? "as it was asked for" : await reason();
  if (!why && url) {
    const direct = directUrl(sidecar);
    trace(`transport: direct, ${url}`);
    return { url, token, ...(direct && { direct }) };
  }
  if (transport === "direct") throw notReachable(sidecar.name, why ?? "");
  trace(`transport: exec in ${sidecar.name}: ${why}`);
  const { DialAgent } = await import("../docker/engine/reach/dial.js");
  return { url: OWN_URL, token, agent: new DialAgent(() => sidecar.tunnel()) };
}

/**
 * The sidecar's own address, where this machine has the gateway of one of its
 * networks. Another Engine's networks may have the same addresses: it has to
 * prove itself before it is told the token.
 */
function directUrl({ places }: FoundSidecar): string | undefined {
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
  const here = places.find(({ gateway }) => own.includes(gateway));
  return here && `http://${here.host}:${API_PORT}`;
}

function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined; // not inside of the sidecar: the Engine knows
  }
}

/** The sidecar that is meant; throws where that is not one. */
export function choose<
  S extends Pick<FoundSidecar, "name" | "project" | "state">,
>(sidecars: S[], wanted: string | undefined): S {
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

function byName<S extends { name: string }>(
  sidecars: S[],
  name: string,
): S[] | undefined {
  const named = sidecars.filter((sidecar) => sidecar.name === name);
  return named.length > 0 ? named : undefined;
}
