import { sessionBase } from "./controller/session-name.js";
import type { DesiredSession } from "./controller/world.js";
import {
  parseMatch,
  parseProbes,
  SessionSpec,
  TOKEN_PATH,
} from "./schema/index.js";

/** What the sidecar is told by its environment: the only reader of it. */
export interface Config {
  /** Sessions to begin with: one for each target of SIDESTEP_TARGET. */
  sessions: Omit<DesiredSession, "secret">[];
  /** Where the API's token is kept, so that the CLI can read it. */
  tokenFile: string;
  logLevel: string;
  /** `text` for people, `json` for programs. */
  logFormat: "text" | "json";
}

/** Reads the environment; throws with the variable that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv, now: Date): Config {
  const format = env["SIDESTEP_LOG_FORMAT"] || "text";
  if (format !== "text" && format !== "json") {
    throw new Error(
      `SIDESTEP_LOG_FORMAT is "${format}": it must be text or json`,
    );
  }
  return {
    sessions: sessions(env, now),
    tokenFile: env["SIDESTEP_TOKEN_FILE"] || TOKEN_PATH,
    logLevel: env["SIDESTEP_LOG_LEVEL"] || "info",
    logFormat: format,
  };
}

function sessions(env: NodeJS.ProcessEnv, now: Date): Config["sessions"] {
  const targets = list(env["SIDESTEP_TARGET"]);
  const production = list(env["SIDESTEP_ALLOW_PRODUCTION"]);
  const other = production.find((name) => !targets.includes(name));
  if (other !== undefined) {
    throw new Error(
      `SIDESTEP_ALLOW_PRODUCTION names "${other}", which SIDESTEP_TARGET does not`,
    );
  }
  const names = new Set<string>();
  return targets.map((target) => {
    const name = sessionBase(target);
    if (names.has(name)) {
      throw new Error(`SIDESTEP_TARGET names "${target}" twice`);
    }
    names.add(name);
    return {
      name,
      created: now.toISOString(),
      spec: spec(target, env, production),
      source: "environment",
    };
  });
}

const list = (text = ""): string[] =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);

function spec(
  target: string,
  env: NodeJS.ProcessEnv,
  production: string[],
): SessionSpec {
  const port = env["SIDESTEP_PORT"];
  const parsed = SessionSpec.safeParse({
    target,
    port: port ? Number(port) : undefined,
    match: match(env["SIDESTEP_MATCH"]),
    priority: env["SIDESTEP_PRIORITY"]
      ? Number(env["SIDESTEP_PRIORITY"])
      : undefined,
    whenPaused: env["SIDESTEP_WHEN_PAUSED"] || undefined,
    maxWait: env["SIDESTEP_MAX_WAIT"] || undefined,
    probes: probes(env["SIDESTEP_PROBES"]),
    cutIdle: yesOrNo("SIDESTEP_CUT_IDLE", env["SIDESTEP_CUT_IDLE"]),
    onException: env["SIDESTEP_ON_EXCEPTION"] || undefined,
    concurrency: env["SIDESTEP_CONCURRENCY"] || undefined,
    original: env["SIDESTEP_ORIGINAL"] || undefined,
    ttl: env["SIDESTEP_TTL"] || undefined,
    allowProduction: production.includes(target) ? target : undefined,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(
    `${variable(issue?.path[0])} is not valid: ${issue?.message ?? ""}`,
  );
}

function match(text: string | undefined): SessionSpec["match"] {
  if (!text?.trim()) return undefined;
  try {
    return parseMatch(text);
  } catch (cause) {
    throw new Error(
      `SIDESTEP_MATCH is not valid: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

function probes(text: string | undefined): SessionSpec["probes"] {
  if (!text?.trim()) return undefined;
  try {
    return parseProbes(text.split(",").map((item) => item.trim()));
  } catch (cause) {
    throw new Error(
      `SIDESTEP_PROBES is not valid: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function yesOrNo(name: string, text: string | undefined): boolean | undefined {
  if (!text) return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw new Error(`${name} is "${text}": it must be true or false`);
}

/** `whenPaused` → `SIDESTEP_WHEN_PAUSED`. */
function variable(field: PropertyKey | undefined): string {
  const name = String(field ?? "TARGET").replace(/[A-Z]/g, (c) => `_${c}`);
  return `SIDESTEP_${name.toUpperCase()}`;
}
