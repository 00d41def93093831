import type { Engine, Inspect } from "../../docker/engine/engine.js";
import * as label from "../../docker/engine/labels.js";
import { shareSecret } from "../links/share-secret.js";
import { API_VERSION, SHARE_NAME, type ShareLink } from "../schema/index.js";
import type { DesiredSession, TargetView } from "./world.js";

/** The ports on which a proxy in front of an app listens, in its container. */
const FRONT_PORTS = [80, 443, 8080, 8443];

/** The share link of a session, and where its app seems to be published. */
export async function shareLink(
  engine: Engine,
  session: DesiredSession,
  view: TargetView | undefined,
): Promise<ShareLink> {
  return {
    apiVersion: API_VERSION,
    kind: "ShareLink",
    metadata: { name: session.name },
    status: {
      parameter: `${SHARE_NAME}=${shareSecret(session.secret)}`,
      origins: view && !view.problem ? await originsOf(engine, view) : [],
      everyRequest: !session.spec.match,
    },
  };
}

type Origin = ShareLink["status"]["origins"][number];

/** The app's own published port, then those of what may be a proxy beside it in its compose project. */
async function originsOf(
  engine: Engine,
  { containers, port }: Extract<TargetView, { port: number }>,
): Promise<Origin[]> {
  const own = containers.flatMap(({ inspect, owner }) =>
    publishedAt(owner, [port], nameOf(inspect)),
  );
  const beside = await neighbours(
    engine,
    containers.map(({ inspect }) => inspect),
  );
  const front = beside.flatMap((each) =>
    publishedAt(each, FRONT_PORTS, nameOf(each)),
  );
  return [...own, ...front];
}

/** What runs in the same compose project, on a network of the target's. */
async function neighbours(
  engine: Engine,
  targets: Inspect[],
): Promise<Inspect[]> {
  const project = label.composeProject(targets[0]?.Config.Labels);
  if (project === undefined) return [];
  const ids = targets.map(({ Id }) => Id);
  const networks = targets.flatMap(networksOf);
  const rows = (
    await engine.list([`${label.COMPOSE_PROJECT}=${project}`])
  ).filter(
    (row) =>
      row.state === "running" &&
      !row.labels[label.ROLE] &&
      !ids.includes(row.id),
  );
  const found = await Promise.all(rows.map((row) => engine.inspect(row.id)));
  return found
    .filter((each) => each !== undefined)
    .filter((each) => networksOf(each).some((n) => networks.includes(n)))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The URLs under which some of a container's ports are published. */
function publishedAt(
  { NetworkSettings: { Ports } }: Inspect,
  ports: number[],
  container: string,
): Origin[] {
  const urls = ports.flatMap((port) =>
    (Ports?.[`${port}/tcp`] ?? []).map((binding) => urlOf(port, binding)),
  );
  return [...new Set(urls)].map((url) => ({ url, container }));
}

/** A port as a browser on the Engine's host reaches it. */
function urlOf(
  port: number,
  { HostIp, HostPort }: { HostIp: string; HostPort: string },
): string {
  const [scheme, usual] =
    port === 443 || port === 8443 ? ["https", "443"] : ["http", "80"];
  const here = ["", "0.0.0.0", "::", "127.0.0.1", "::1"].includes(HostIp);
  const named = HostIp.includes(":") ? `[${HostIp}]` : HostIp;
  const host = here ? "localhost" : named;
  return `${scheme}://${host}${HostPort === usual ? "" : `:${HostPort}`}/`;
}

const networksOf = ({ NetworkSettings }: Inspect): string[] =>
  Object.keys(NetworkSettings.Networks ?? {});

const nameOf = (inspect: Inspect): string => inspect.Name.replace(/^\//, "");
