import type { Condition, Pause } from "../../../sidecar/schema/index.js";
import { get, servedBy } from "./http.js";
import { until } from "./poll.js";
import { pythonImage, type Start } from "./python-servers.js";
import { tryRun } from "./run.js";
import { published, told, type Stage } from "./stage.js";

/** The header of the requests that the session takes. */
export const ALICE = { "x-debug": "alice" };
const MATCH = ["--match", "header:x-debug=alice"];

/** An app of the Python images, and a session that takes alice's requests to it. */
export interface Debugged {
  name: string;
  url: string;
  session: string;
  replica: string;
  /** What the replica answers at a path. */
  ask: (path: string) => Promise<Record<string, unknown>>;
  /** The session's pauses. */
  pauses: () => Promise<Pause[]>;
  /** The condition that says what the kit could do. */
  debuggable: () => Promise<Condition | undefined>;
}

/** Starts an app and a session on it, which ends with `use`. */
export async function debugged(
  stage: Stage,
  { suite, command, args = [] }: Omit<Start, "how">,
  use: (app: Debugged) => Promise<void>,
  flags: string[] = [],
): Promise<void> {
  const name = await stage.run(
    ["-p", "127.0.0.1:0:8000", ...args],
    command,
    pythonImage(suite),
  );
  const url = await published(name);
  await until("the app answers", () => get(`${url}/ok`), 60);
  const session = await stage.debug(name, ...MATCH, ...flags);
  const replica = `${name}-sidestep-${session}`;
  const app: Debugged = {
    name,
    url,
    session,
    replica,
    ask: async (path) => {
      const answer = await get(`${url}${path}`, ALICE);
      const served = [answer.status, servedBy(answer)].join(" ");
      if (served !== `200 session=${session}`) {
        throw new Error(`${path} got ${served}: ${answer.body}`);
      }
      return told(answer);
    },
    pauses: () => stage.pauses(session),
    debuggable: async () => {
      const { conditions } = (await stage.session(session)).status;
      return conditions.find(({ type }) => type === "Debuggable");
    },
  };
  try {
    await use(app);
  } catch (cause) {
    const { stdout, stderr } = await tryRun("docker", ["logs", replica]);
    const log = (stdout + stderr).slice(-2000);
    throw new Error(`${String(cause)}\nthe replica's log:\n${log}`, { cause });
  }
  await stage.delete(session, name);
}

/** Requests a page that stops; the pause, and the answer to come. */
export async function stopped(app: Debugged, path: string) {
  const answer = app.ask(path);
  // A failure is seen where the answer is awaited.
  answer.catch(() => undefined);
  const pause = await until("there is a pause", async () => {
    return (await app.pauses())[0];
  });
  return { answer, pause, name: pause.metadata.name };
}
