import { text } from "node:stream/consumers";
import { API_PORT } from "../../sidecar/schema/constants.js";
import { connectEngine } from "./dockerode.js";
import {
  EngineError,
  type Engine,
  type Inspect,
  type Summary,
} from "./engine.js";
import * as label from "./labels.js";
import { fileOfTar } from "./tar.js";

const TOKEN_FILE = "/var/lib/sidestep/token";

/** A sidecar's container, as the Engine shows it. */
export interface FoundSidecar {
  name: string;
  project?: string;
  /** Where its API is published; undefined if it is not. */
  url: string | undefined;
  token: string;
  version: string;
  state: string;
}

/** All sidecars of the Engine that the environment names, stopped ones too. */
export async function findSidecars(): Promise<FoundSidecar[]> {
  const engine = await connectEngine();
  const rows = await engine.list([`${label.ROLE}=sidecar`]);
  const found = await Promise.all(rows.map((row) => sidecar(engine, row)));
  return found.filter((each) => each !== undefined);
}

async function sidecar(
  engine: Engine,
  row: Summary,
): Promise<FoundSidecar | undefined> {
  const inspect = await engine.inspect(row.id);
  if (!inspect) return undefined;
  return {
    name: row.name,
    project: label.composeProject(row.labels),
    url: published(inspect),
    token: await token(engine, row.id, inspect).catch(unreadable),
    version: row.labels[label.VERSION] ?? "unknown",
    state: row.state,
  };
}

function published(inspect: Inspect): string | undefined {
  const binding = inspect.NetworkSettings.Ports?.[`${API_PORT}/tcp`]?.[0];
  return binding && `http://127.0.0.1:${binding.HostPort}`;
}

/** A sidecar that is being removed, maybe another than is meant, has no token. */
function unreadable(error: unknown): string {
  if (error instanceof EngineError && error.status >= 500) return "";
  throw error;
}

/** Read through the Engine: who may use Docker here may use sidestep. */
async function token(
  engine: Engine,
  id: string,
  inspect: Inspect,
): Promise<string> {
  const entry = inspect.Config.Env?.find((e) =>
    e.startsWith("SIDESTEP_TOKEN_FILE="),
  );
  const path = entry?.slice("SIDESTEP_TOKEN_FILE=".length) || TOKEN_FILE;
  const tar = await engine.readArchive(id, path);
  return tar ? fileOfTar(await text(tar)).trim() : "";
}
