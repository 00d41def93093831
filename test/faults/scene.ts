import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type {
  List,
  Pause,
  SeenRequest,
  Session,
} from "../../sidecar/schema/index.js";
import { startApp } from "../e2e/support/demo.js";
import { get } from "../e2e/support/http.js";
import { inventory } from "../e2e/support/leftovers.js";
import { until } from "../e2e/support/poll.js";
import { docker, tryRun } from "../e2e/support/run.js";
import {
  SIDECAR_IMAGE,
  startSidecar,
  type Sidecar,
} from "../e2e/support/sidecar.js";
import { machine, traceOf } from "../support/traces.js";

/** Who is debugged in all cells. */
export const SESSION = "alice";
export const ALICE = { "x-debug": "alice" };

/** An app on a network of its own, nginx in front of it, and a sidecar beside it. */
export interface Scene {
  app: string;
  web: string;
  sidecar: Sidecar;
  /** The app itself, and nginx; both keep their addresses when they are restarted. */
  appUrl: string;
  webUrl: string;
  /** The machine, and both containers, before there was a sidecar. */
  before: { machine: string[]; containers: Map<string, string[]> };
  /** The session; none also where the sidecar does not answer. */
  session(): Promise<Session | undefined>;
  /** Whether there is none any more: the sidecar says so, or has ended for good. */
  isOver(): Promise<boolean>;
  pauses(): Promise<Pause[]>;
  /** Paths of her requests that wait for their answer. */
  inHand(): Promise<string[]>;
  /** Lets everything go on that is paused. */
  goOn(): Promise<void>;
  /** Removes app, nginx and network, whatever is left of them. */
  end(): Promise<void>;
}

const FOLDER = resolve(import.meta.dirname, "app");
const GUNICORN = ["-b", "0.0.0.0:8000", "--worker-class", "gthread"];

export async function openScene(): Promise<Scene> {
  const name = `t-${randomBytes(3).toString("hex")}`;
  const network = `${name}-net`;
  const app = `${name}-app`;
  const web = `${name}-web`;
  let sidecar: Sidecar | undefined;
  const end = async () => {
    if (sidecar) {
      await tryRun("docker", ["stop", "-t", "20", sidecar.name]);
      await tryRun("docker", ["rm", "-f", sidecar.name]);
    }
    // Also what was left, and has been told.
    const { containers } = await inventory();
    const ours = [app, web, sidecar?.name].map((each) => `${each}-`);
    const left = containers.filter((each) =>
      ours.some((prefix) => each.startsWith(prefix)),
    );
    await tryRun("docker", ["rm", "-f", "-v", app, web, ...left]);
    if (sidecar) {
      await tryRun("docker", ["volume", "rm", "-f", sidecar.volume]);
    }
    await tryRun("docker", ["network", "rm", network]);
  };
  try {
    const base = await networkOfItsOwn(network);
    const place = (last: number, alias: string) => [
      ...["--network", network, "--ip", `${base}.${last}`],
      ...["--network-alias", alias, "--restart", "always"],
    ];
    await startApp(
      [
        ...[...place(10, "shop"), "-v", `${FOLDER}:/fixture:ro`],
        ...["-w", "/fixture", "--entrypoint", "gunicorn"],
      ],
      [...GUNICORN, "--threads", "32", "--keep-alive", "75", "app:app"],
      "sidestep-demo-shop",
      app,
    );
    const appUrl = `http://${base}.10:8000`;
    await until("the app answers", () => get(appUrl));
    await startApp(place(11, "web"), [], "sidestep-demo-web", web);
    const webUrl = `http://${base}.11`;
    await until("nginx answers", () => get(webUrl));
    const containers = new Map<string, string[]>();
    for (const each of [app, web]) containers.set(each, await traceOf(each));
    const before = { machine: await machine(), containers };
    sidecar = await startSidecar({}, SIDECAR_IMAGE, { socket: socket() });
    // As the README's compose file says.
    await docker("update", "--restart", "on-failure:3", sidecar.name);
    const urls = { appUrl, webUrl };
    return { app, web, sidecar, ...urls, before, ...reading(sidecar), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The socket of the Engine that all is in, as it is mounted. */
function socket(): string | undefined {
  const path = process.env["DOCKER_HOST"]?.replace(/^unix:\/\//, "");
  return path?.startsWith("/") ? `${path}:/var/run/docker.sock` : undefined;
}

/** Its first three numbers. Only on a network whose subnet was named can an address be asked for. */
async function networkOfItsOwn(name: string): Promise<string> {
  await docker("network", "create", name);
  const format = "{{(index .IPAM.Config 0).Subnet}}";
  const subnet = await docker("network", "inspect", "-f", format, name);
  await docker("network", "rm", name);
  await docker("network", "create", "--subnet", subnet, name);
  return subnet.split(".").slice(0, 3).join(".");
}

/** What the API says; one that is restarted is published at another port. */
function reading(
  sidecar: Sidecar,
): Pick<Scene, "session" | "isOver" | "pauses" | "inHand" | "goOn"> {
  let at: Promise<{ url: string; authorization: string }> | undefined;
  const ask = async (path: string, method = "GET"): Promise<unknown> => {
    at ??= Promise.all([sidecar.url(), sidecar.token()]).then(
      ([url, token]) => ({ url, authorization: `Bearer ${token}` }),
    );
    try {
      const { url, authorization } = await at;
      const answer = await Promise.race([
        get(`${url}/v1/${path}`, { authorization }, { method }),
        late(),
      ]);
      return answer.status < 300 ? JSON.parse(answer.body || "{}") : undefined;
    } catch {
      at = undefined;
      return undefined;
    }
  };
  const pauses = async () =>
    ((await ask("pauses")) as List<Pause> | undefined)?.items ?? [];
  return {
    session: async () =>
      (await ask(`sessions/${SESSION}`)) as Session | undefined,
    isOver: async () => {
      const sessions = (await ask("sessions")) as List<Session> | undefined;
      if (sessions !== undefined) return sessions.items.length === 0;
      const inspect = ["inspect", "-f", "{{.State.Status}}", sidecar.name];
      const { code, stdout, stderr } = await tryRun("docker", inspect);
      if (code !== 0) return /no such object/i.test(stderr);
      return stdout.trim() === "exited";
    },
    pauses,
    inHand: async () => {
      const list = (await ask("requests")) as List<SeenRequest> | undefined;
      return (list?.items ?? [])
        .filter(({ status }) => status.state === "waiting")
        .map(({ status }) => status.path);
    },
    goOn: async () => {
      for (const { metadata } of await pauses())
        await ask(`pauses/${metadata.name}/continue`, "POST");
    },
  };
}

function late(): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error("the API is silent")), 2_000).unref(),
  );
}
