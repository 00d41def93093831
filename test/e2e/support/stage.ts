import { resolve } from "node:path";
import type { List, Pause, Session } from "../../../sidecar/schema/index.js";
import type { Cli } from "./cli.js";
import { startApp } from "./demo.js";
import { get, type Answer } from "./http.js";
import { inventory, rulesIn } from "./leftovers.js";
import { until } from "./poll.js";
import { difference, traceOf } from "../../support/traces.js";
import { docker, tryRun } from "./run.js";
import { startSidecar, type Power, type Sidecar } from "./sidecar.js";

const FIXTURES = resolve(import.meta.dirname, "../fixtures");

/** One sidecar, and apps beside it that belong to a test each. */
export interface Stage {
  sidecar: Sidecar;
  cli: Cli;
  /** Starts a container that ends with the stage; its name. */
  run(
    args: string[],
    command?: string[],
    image?: string,
    name?: string,
  ): Promise<string>;
  /** Starts the fixture app under gunicorn, with these arguments of `docker run`. */
  web(args?: string[], gunicorn?: string[], name?: string): Promise<App>;
  /** A session as the API shows it. */
  session(name: string): Promise<Session>;
  /** A session's pauses, as the API shows them. */
  pauses(session: string): Promise<Pause[]>;
  /** `sidestep debug`, which must succeed; the session's name. */
  debug(...args: string[]): Promise<string>;
  /** `sidestep delete`; the app must be as it was before its first session, but for what the test did. */
  delete(session: string, app: string, but?: RegExp): Promise<void>;
  /** Ends the sidecar, then the apps; throws if anything is left. */
  end(): Promise<void>;
}

/** A container that answers on a port of this machine's loopback. */
export interface App {
  name: string;
  url: string;
}

/** Starts a sidecar for the tests of one file. */
export async function openStage(
  env: Record<string, string> = {},
  image?: string,
  power: Power = {},
): Promise<Stage> {
  const sidecar = await startSidecar(env, image, power);
  const { cli } = sidecar;
  const token = await sidecar.token();
  const authorization = `Bearer ${token}`;
  let url = await sidecar.url();
  const apps: string[] = [];
  const traces = new Map<string, { of: string; trace: string[] }>();
  const read = async (path: string): Promise<unknown> => {
    const ask = () => get(`${url}/v1/${path}`, { authorization });
    const answer = await ask().catch(async () => {
      // One that was started again is published at another port.
      url = await sidecar.url();
      return ask();
    });
    return JSON.parse(answer.body);
  };
  const run: Stage["run"] = async (...args) => {
    const name = await startApp(...args);
    apps.push(name);
    return name;
  };
  return {
    sidecar,
    cli,
    run,
    web: async (args = [], gunicorn = ["-b", "0.0.0.0:8000"], wanted) => {
      const command = [...gunicorn, "app"];
      const name = await run([...WEB, ...args], command, undefined, wanted);
      const app = await published(name);
      await until("the app answers", () => get(app));
      return { name, url: app };
    },
    session: async (name) => (await read(`sessions/${name}`)) as Session,
    pauses: async (session) => {
      const { items } = (await read("pauses")) as List<Pause>;
      return items.filter(({ status }) => status.session === session);
    },
    debug: async (...args) => {
      for (const app of apps) {
        const debugged = args.some((arg) => arg.split("/").at(-1) === app);
        if (!debugged || traces.has(app)) continue;
        traces.set(app, { of: await idOf(app), trace: await traceOf(app) });
      }
      const made = await cli.ok("debug", "-o", "name", ...args);
      return made.replace("session/", "");
    },
    delete: async (session, app, but) => {
      await cli.ok("delete", "session", session);
      await nothingLeftAt([app]);
      const before = traces.get(app);
      if (before) {
        const same = before.of === (await idOf(app));
        return isAsItWas(app, before.trace, (line) =>
          Boolean(but?.test(line) || (!same && ADDRESS.test(line))),
        );
      }
      const rules = await rulesIn(app);
      if (rules.length > 0) throw new Error(`left in ${app}: ${rules.join()}`);
    },
    end: async () => {
      try {
        await sidecar.end();
        // The Engine removes the guard a moment after its end.
        await until("nothing is left", async () => {
          await nothingLeftAt([...apps, sidecar.name]);
          return true;
        });
      } finally {
        await tryRun("docker", ["rm", "-f", "-v", sidecar.name, ...apps]);
        await tryRun("docker", ["volume", "rm", "-f", sidecar.volume]);
      }
    },
  };
}

const idOf = (app: string) => docker("inspect", "-f", "{{.Id}}", app);

/** What the Engine gives a container that is created anew under its old name. */
const ADDRESS = /^[+-] (address|route) /;

/** A container must be as it was, in all that debugging could change in it. */
async function isAsItWas(
  app: string,
  before: string[],
  but: (line: string) => boolean,
): Promise<void> {
  await until(`${app} is as it was`, async () => {
    const all = difference(before, await traceOf(app), { gone: true });
    const changed = all.filter((line) => !but(line));
    if (changed.length === 0) return true;
    throw new Error(`\n${changed.join("\n")}`);
  });
}

/** The fixture app, which answers `GET /` with what it sees of its container. */
const WEB = [
  "-v",
  `${FIXTURES}/app:/fixture:ro`,
  "-w",
  "/fixture",
  "-p",
  "127.0.0.1:0:8000",
  "--entrypoint",
  "gunicorn",
];

/** The path of a fixture. */
export const fixture = (path: string): string => `${FIXTURES}/${path}`;

/** Where a container's port is published, such as http://127.0.0.1:32768. */
export async function published(container: string, port = 8000) {
  const addresses = await docker("port", container, `${port}/tcp`);
  return `http://${addresses.split("\n")[0]}`;
}

/** A container's address in one of its networks. */
export const addressIn = (network: string, container: string) =>
  docker(
    "inspect",
    "-f",
    `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`,
    container,
  );

/** What the fixture app's answer says. */
export const told = (answer: Answer): Record<string, unknown> =>
  JSON.parse(answer.body) as Record<string, unknown>;

/** A session as `get -o json` shows it. */
export async function readSession(cli: Cli, name: string): Promise<Session> {
  const json = await cli.ok("get", "session", name, "-o", "json");
  return JSON.parse(json) as Session;
}

/** No container, network or volume that is named after one of these may exist. */
export async function nothingLeftAt(names: string[]): Promise<void> {
  const { containers, networks, volumes } = await inventory();
  const left = [...containers, ...networks, ...volumes].filter((each) =>
    names.some(
      (name) => each.startsWith(`${name}-`) || each.startsWith(`${name}_`),
    ),
  );
  if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
}
