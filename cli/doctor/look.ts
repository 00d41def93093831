import { randomBytes } from "node:crypto";
import { findLeftovers, tablesRemoved } from "../../docker/engine/leftovers.js";
import {
  kernelSpec,
  namespaceSpec,
  rulesSpec,
} from "../../docker/engine/look.js";
import * as label from "../../docker/engine/labels.js";
import type {
  LightEngine,
  Row,
} from "../../docker/engine/reach/light-engine.js";
import { failure, ok, warning, type Check } from "./check.js";
import { isKnownProbe, questionsOf, type HealthQuestion } from "./health.js";
import { judgeKernel, type KernelReport } from "./kernel.js";
import {
  deadTables,
  judgeTarget,
  type Namespace,
  type SeenTarget,
} from "./targets.js";

const IMAGE = "sidestep-sidecar";

/** So many namespaces are looked at at once: each takes a container for a moment. */
const AT_ONCE = 4;

/** The image to look with: the one of a sidecar that is here, else the usual one. */
export async function imageToLookWith(
  engine: LightEngine,
  sidecars: Row[],
): Promise<string | undefined> {
  const image = sidecars[0]?.image ?? IMAGE;
  return (await engine.hasImage(image)) ? image : undefined;
}

/** Tries the kernel, in a container without a network. */
export async function checkKernel(
  engine: LightEngine,
  image: string | undefined,
): Promise<Check[]> {
  if (!image) {
    return [
      warning(
        "kernel",
        `not tried: there is no image ${IMAGE}`,
        "in a checkout of sidestep: docker compose --profile debug build sidestep",
      ),
    ];
  }
  const said = await engine.run(kernelSpec(image, briefName("kernel")));
  const report = readJson<KernelReport>(said);
  if (report) return judgeKernel(report);
  const message = `it could not be tried: ${said.slice(-1).join("")}`;
  const fix =
    "build the sidecar's image anew: docker compose --profile debug build sidestep";
  return [failure("kernel", message, fix)];
}

/** What sidecars that are gone have left. */
export async function checkLeftovers(engine: LightEngine): Promise<Check> {
  const { containers, volumes } = await findLeftovers(engine);
  const names = [
    ...containers.map((row) => row.name),
    ...volumes.map((volume) => `volume ${volume}`),
  ];
  return names.length === 0
    ? ok("leftovers", "none")
    : warning(
        "leftovers",
        `of a sidecar that is dead or gone: ${names.join(", ")}`,
        "sidestep doctor --fix",
      );
}

/**
 * Every running container that is not ours. Where there is a `fix`, rules in
 * them that nobody looks after are removed first, and it is told of each.
 */
export async function checkTargets(
  engine: LightEngine,
  image: string | undefined,
  fix?: (line: string) => void,
): Promise<Check[]> {
  const rows = await engine.list();
  const running = rows
    .filter((row) => row.state === "running" && !row.labels[label.ROLE])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const inspects = await Promise.all(
    running.map(({ id }) => engine.inspect(id)),
  );
  const questions = inspects.flatMap((inspect, index) => {
    const { Test = [] } = (inspect?.Config["Healthcheck"] ?? {}) as {
      Test?: string[];
    };
    return questionsOf(running[index]!.name, Test ?? []);
  });
  const checks: Check[][] = [];
  for (let at = 0; at < running.length; at += AT_ONCE) {
    const some = running.slice(at, at + AT_ONCE).map(async (row, offset) => {
      const inspect = inspects[at + offset];
      if (!inspect) return []; // it has ended meanwhile
      const mode = inspect.HostConfig.NetworkMode;
      const intercepted = rows.some(
        ({ labels }) =>
          labels[label.ROLE] === "interceptor" &&
          labels[label.TARGET] === row.id,
      );
      let namespace = await look(engine, image, row, mode);
      if (fix && image && !intercepted && deadTables(namespace).length > 0) {
        await removeRules(engine, image, row, fix);
        namespace = await look(engine, image, row, mode);
      }
      const seen: SeenTarget = {
        name: targetName(row),
        container: row.name,
        inspect,
        processes: await engine.top(row.id).catch(() => []),
        namespace,
        intercepted,
        asked: questions.filter(
          (each) => isAbout(each, row) && !isKnownProbe(each),
        ),
      };
      return judgeTarget(seen, image ?? IMAGE);
    });
    checks.push(...(await Promise.all(some)));
  }
  return checks.flat();
}

async function look(
  engine: LightEngine,
  image: string | undefined,
  row: Row,
  mode = "",
): Promise<Namespace | undefined> {
  if (!image || ["host", "none"].includes(mode)) return undefined;
  try {
    const spec = namespaceSpec(image, row.id, briefName("look"));
    return readJson<Namespace>(await engine.run(spec));
  } catch {
    return undefined; // it has ended meanwhile
  }
}

async function removeRules(
  engine: LightEngine,
  image: string,
  row: Row,
  say: (line: string) => void,
): Promise<void> {
  const spec = rulesSpec(image, row.id, briefName("rules"));
  for (const table of await tablesRemoved(engine, spec)) {
    say(`rules ${table} in ${row.name} removed`);
  }
}

/** As a sidecar of no project calls it. */
function targetName(row: Row): string {
  const { project, service } = composeOf(row);
  return project && service ? `${project}/${service}` : row.name;
}

function isAbout({ host, by }: HealthQuestion, row: Row): boolean {
  return by !== row.name && [row.name, composeOf(row).service].includes(host);
}

function composeOf({ labels }: Row): { project?: string; service?: string } {
  if (labels[label.COMPOSE_ONEOFF] !== "False") return {};
  return {
    ...(labels[label.COMPOSE_PROJECT] && {
      project: labels[label.COMPOSE_PROJECT],
    }),
    ...(labels[label.COMPOSE_SERVICE] && {
      service: labels[label.COMPOSE_SERVICE],
    }),
  };
}

function readJson<T>(lines: string[]): T | undefined {
  for (const line of lines) {
    if (line.startsWith("{")) return JSON.parse(line) as T;
  }
  return undefined;
}

const briefName = (what: string): string =>
  `sidestep-doctor-${what}-${randomBytes(4).toString("hex")}`;
