import type { EnginePlace } from "../engine-errors.js";
import { failure, ok, warning, type Check } from "./check.js";

/** The oldest API and Compose that are supported: Engine 20.10, Compose 2.20. */
const OLDEST_API = [1, 41];
const OLDEST_COMPOSE = [2, 20];

/** Whether the Engine is one that is supported. */
export function judgeEngine(
  { version, apiVersion }: { version: string; apiVersion: string },
  { url, context, by }: EnginePlace,
): Check {
  const where = `${version} (API ${apiVersion}) at ${url}, context "${context}" (by ${by})`;
  return isAtLeast(apiVersion, OLDEST_API)
    ? ok("engine", where)
    : failure(
        "engine",
        `${where}: API ${OLDEST_API.join(".")} (Engine 20.10) is the oldest supported`,
        "install a newer Docker Engine: https://docs.docker.com/engine/install/",
      );
}

/** @param version of `docker compose`; undefined: there is none */
export function judgeCompose(version: string | undefined): Check {
  const fix =
    "install the Compose plugin: https://docs.docker.com/compose/install/linux/ (without it: sidestep up)";
  if (version === undefined) {
    return warning("compose", "there is no docker compose here", fix);
  }
  return isAtLeast(version, OLDEST_COMPOSE)
    ? ok("compose", version)
    : warning(
        "compose",
        `${version}: ${OLDEST_COMPOSE.join(".")} is the oldest supported`,
        fix,
      );
}

function isAtLeast(version: string, oldest: number[]): boolean {
  const [major = 0, minor = 0] = version
    .replace(/^v/, "")
    .split(".")
    .map((part) => Number.parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = oldest;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
