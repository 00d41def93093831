import { readFileSync } from "node:fs";
import { fixture, published, type App, type Stage } from "./stage.js";
import { until } from "./poll.js";
import { get } from "./http.js";

/** The header of the requests that the sessions of these tests take. */
export const ALICE = { "x-debug": "alice" };

/** Starts the app of `fixtures/kept`, which keeps its clients' connections for long. */
export async function startKept(
  stage: Stage,
  args: string[] = [],
): Promise<App> {
  const name = await stage.run(
    [
      ...args,
      ...["-v", `${fixture("kept")}:/fixture:ro`, "-w", "/fixture"],
      ...["-p", "127.0.0.1:0:8000", "--entrypoint", "gunicorn"],
    ],
    [
      ...["-b", "0.0.0.0:8000", "--worker-class", "gthread"],
      ...["--threads", "32", "--keep-alive", "75", "app:app"],
    ],
  );
  const url = await published(name);
  await until("the app answers", () => get(url));
  return { name, url };
}

/** Where a request for `/stop` pauses, as `--breakpoint` takes it. */
export const STOP = `app.py:${lineOf("# pause here")}`;

function lineOf(text: string): number {
  const lines = readFileSync(fixture("kept/app.py"), "utf8").split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}
