import type { Pause } from "../../../sidecar/schema/index.js";
import { ALICE } from "./debugged.js";
import { get, type Answer } from "./http.js";
import { until } from "./poll.js";
import type { Console } from "./pty.js";
import { fixture, published, type App, type Stage } from "./stage.js";

const MATCH = ["--match", "header:x-debug=alice"];

/** An app whose requests pause, and a session on it. */
export interface Paused extends App {
  session: string;
  replica: string;
  /** Sends a request that pauses. */
  ask(path: string): Promise<Answer>;
  /** What is paused, once there is so much. */
  pauses(count?: number): Promise<Pause[]>;
  /** `sidestep attach` to what is paused, its prompt shown. */
  attach(number?: number): Promise<Console>;
  /** Waits until nothing is paused. */
  goesOn(): Promise<void>;
  end(): Promise<void>;
}

/** How the app is started. */
export interface Shop {
  command?: string[];
  image?: string;
  /** More arguments of `docker run`. */
  run?: string[];
}

const GUNICORN = ["gunicorn", "-b", "0.0.0.0:8000", "shop:application"];

/** Starts the app of fixtures/terminal, and a session that takes alice's requests to it. */
export async function pausingShop(
  stage: Stage,
  { command = GUNICORN, image = "sidestep-demo-shop", run = [] }: Shop,
  ...args: string[]
): Promise<Paused> {
  const [program = "", ...rest] = command;
  const mount = ["-v", `${fixture("terminal")}:/fixture:ro`, "-w", "/fixture"];
  const publish = ["-p", "127.0.0.1:0:8000", "--entrypoint", program];
  const name = await stage.run([...mount, ...publish, ...run], rest, image);
  const url = await published(name);
  await until("the app answers", () => get(url));
  const session = await stage.debug(name, ...MATCH, ...args);
  const listed = () => stage.pauses(session);
  const pauses = (count = 1) =>
    until(`${count} paused`, async () => {
      const found = await listed();
      return found.length >= count ? found : undefined;
    });
  return {
    name,
    url,
    session,
    replica: `${name}-sidestep-${session}`,
    pauses,
    ask: (path) => get(`${url}${path}`, ALICE),
    attach: async (number = 0) => {
      const pause = (await pauses(number + 1))[number]?.metadata.name ?? "";
      const terminal = stage.cli.tty("attach", `pause/${pause}`);
      await terminal.sees("(Pdb) ");
      return terminal;
    },
    goesOn: async () => {
      await until("nothing is paused", async () => {
        return (await listed()).length === 0;
      });
    },
    end: () => stage.delete(session, name),
  };
}
