import type { Duplex } from "node:stream";
import { API_PORT, TOKEN_PATH } from "../../sidecar/schema/constants.js";
import { EngineError } from "./engine.js";
import * as label from "./labels.js";
import type { LightEngine, Row } from "./reach/light-engine.js";

const RELAY = ["python3", "-IS", "/app/sidecar/relay.py"];

/** A sidecar's container, as the Engine shows it. */
export interface FoundSidecar {
  name: string;
  project?: string | undefined;
  /** Where its API is published on the Engine's machine; undefined if it is not. */
  url: string | undefined;
  /** Its own address in each of its networks, with the network's gateway; for those on that machine. */
  places: { host: string; gateway: string }[];
  version: string;
  state: string;
  /** Read through the Engine: who may use Docker there may use sidestep. */
  token(): Promise<string>;
  /** A connection to its API by an exec in its container, wherever the Engine is. */
  tunnel(): Promise<Duplex>;
}

/** All sidecars of an Engine, stopped ones too. */
export async function findSidecars(
  engine: Pick<LightEngine, "list" | "inspect" | "readFile" | "exec">,
): Promise<FoundSidecar[]> {
  const rows = await engine.list([`${label.ROLE}=sidecar`]);
  return rows.map((row) => ({
    name: row.name,
    project: label.sidecarProject(row.labels),
    url: published(row),
    places: places(row),
    version: row.labels[label.VERSION] ?? "unknown",
    state: row.state,
    token: () => token(engine, row.id).catch(unreadable),
    tunnel: () => engine.exec(row.id, RELAY),
  }));
}

function published(row: Row): string | undefined {
  const port = row.ports.find((each) => each.private === API_PORT)?.public;
  return port === undefined ? undefined : `http://127.0.0.1:${port}`;
}

function places(row: Row): FoundSidecar["places"] {
  return row.networks.flatMap(({ IPAddress, Gateway }) =>
    IPAddress && Gateway ? [{ host: IPAddress, gateway: Gateway }] : [],
  );
}

/** A sidecar that is being removed, maybe another than is meant, has no token. */
function unreadable(error: unknown): string {
  if (error instanceof EngineError && error.status >= 500) return "";
  throw error;
}

/** From the usual file; only one that was told otherwise, as by an older image, is looked at for where. */
async function token(
  engine: Pick<LightEngine, "inspect" | "readFile">,
  id: string,
): Promise<string> {
  const usual = await engine.readFile(id, TOKEN_PATH);
  if (usual !== undefined) return usual.trim();
  const inspect = await engine.inspect(id);
  const entry = inspect?.Config.Env?.find((e) =>
    e.startsWith("SIDESTEP_TOKEN_FILE="),
  );
  const path = entry?.slice("SIDESTEP_TOKEN_FILE=".length);
  if (!path || path === TOKEN_PATH) return "";
  return (await engine.readFile(id, path))?.trim() ?? "";
}
