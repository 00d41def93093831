/** What the README shows a user doing, done and checked. */
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../e2e/support/poll.js";
import type { Session } from "../../sidecar/schema/index.js";
import { attachByHand, attachByItself } from "./attach.js";
import { curl, totalOf, type Answer } from "./curl.js";
import {
  SIDECAR,
  atTerminal,
  capture,
  killAll,
  run,
  say,
  typed,
} from "./shell.js";
import { Unmet } from "./unmet.js";

const SHOP = "http://localhost:8080";
const UP = "docker compose --profile debug up -d --wait";
const DOWN = "docker compose --profile debug down";
const PAUSED_PATH = "/orders/7?pdb=1";
const ROW = new RegExp(
  `\\bshop/views\\.py:\\d+\\s+GET ${PAUSED_PATH.replace("?", "\\?")}\\s`,
);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Not `once`: it comes twice, from the terminal and from demo.js.
  process.on(signal, () => {
    killAll();
    say(`\nStopped. What runs already goes on; to stop that too: ${DOWN}`);
    process.exit(128 + constants.signals[signal]);
  });
}

try {
  await play();
} catch (error) {
  killAll();
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `\ndemo: failed\n${text}\nlook:    docker compose logs sidestep\nstop it: ${DOWN}\n`,
  );
  process.exit(1);
}

async function play(): Promise<void> {
  typed(UP);
  await run(UP, 300);
  await nameSidecar();
  const { name: session, alone } = await everyRequestSession();
  await continueLeftovers();

  const fine = await curl(`${SHOP}/orders/7`);
  const total = totalOf(fine);
  say(fine.body);

  const answer = curl(`${SHOP}${PAUSED_PATH}`, " &");
  answer.catch(() => undefined); // until it is waited for
  await seePause(answer);

  const attach = `npx sidestep attach${alone ? "" : ` session/${session}`}`;
  await (atTerminal ? attachByHand(attach) : attachByItself(attach, total));

  const late = (await within(10, answer)) ?? (await letGo(answer));
  say("\nThe answer that curl was waiting for:");
  say(late.body);
  const lateTotal = totalOf(late);
  if (lateTotal !== total && !atTerminal) {
    throw new Unmet(`the same order, total ${total}`, lateTotal);
  }
  sayGoodbye(session);
}

/** Where other sidecars run too, a user has to say which one is meant. */
async function nameSidecar(): Promise<void> {
  const { stdout } = await capture(
    "docker ps -q --filter label=sidestep.role=sidecar",
  );
  if (stdout.trim().split("\n").length > 1) {
    typed(`export SIDESTEP_SIDECAR=${SIDECAR}   # others run here, too`);
  }
}

/** The session that takes every request: the sidecar's own, unless it was deleted. */
async function everyRequestSession(): Promise<{
  name: string;
  alone: boolean;
}> {
  const find = async () => {
    const items = await list<Session>("sessions");
    const found = items.find(
      ({ spec }) => spec.target === "shop" && !spec.match,
    );
    return found && { name: found.metadata.name, alone: items.length === 1 };
  };
  const there = await find();
  if (there) return there;
  typed("npx sidestep debug shop");
  await run("npx sidestep debug shop", 60);
  const made = await find();
  if (!made) throw new Unmet("a session that takes every request", "none");
  return made;
}

/** Lets requests go on that an earlier demo left paused: they hold up all others. */
async function continueLeftovers(): Promise<void> {
  await until("what was left paused goes on", async () => {
    const left = await list<{ metadata: { name: string } }>("pauses");
    if (left.length === 0) return true;
    const names = left.map(({ metadata }) => `pause/${metadata.name}`);
    typed(
      `npx sidestep continue ${names.join(" ")}   # left by an earlier run`,
    );
    // One may end just now by itself: what counts is that none is left.
    say((await capture(`npx sidestep continue ${names.join(" ")}`)).stdout);
    return false;
  });
}

/** Shows the paused request as soon as there is one. */
async function seePause(answer: Promise<Answer>): Promise<void> {
  let early: Answer | undefined;
  answer.then(
    (came) => (early = came),
    () => undefined,
  );
  let last = "";
  const paused = await until(
    "",
    async () => {
      const { stdout, stderr } = await capture("npx sidestep get pauses");
      last = stdout || stderr;
      return early ? "answered" : ROW.test(stdout) && "paused";
    },
    30,
  ).catch(() => "no");
  if (early) {
    throw new Unmet(
      `GET ${PAUSED_PATH} to pause at breakpoint()`,
      `its answer, status ${early.status}`,
    );
  }
  typed("npx sidestep get pauses");
  say(last.trimEnd());
  if (paused !== "paused") {
    throw new Unmet(`a row with shop/views.py:… and GET ${PAUSED_PATH}`, last);
  }
}

/** Detached instead of continued: the request still waits. */
async function letGo(answer: Promise<Answer>): Promise<Answer> {
  if (!atTerminal) throw new Unmet("curl's answer after c", "none in 10 s");
  say("\nNo answer yet: the request is still paused. This lets it go on, too:");
  typed("npx sidestep continue");
  await run("npx sidestep continue", 30);
  const came = await within(10, answer);
  if (!came) throw new Unmet("curl's answer after continue", "none in 10 s");
  return came;
}

async function list<T>(type: string): Promise<T[]> {
  const command = `npx sidestep get ${type} -o json`;
  // The same without npx, which nobody sees and which takes half a second.
  const { code, stdout, stderr } = await capture(
    `node bin/sidestep.js get ${type} -o json`,
  );
  if (code !== 0) throw new Unmet(`${command} to answer`, stderr.trim());
  return (JSON.parse(stdout) as { items: T[] }).items;
}

function within<T>(seconds: number, what: Promise<T>): Promise<T | undefined> {
  return Promise.race([what, delay(seconds * 1000, undefined, { ref: false })]);
}

function sayGoodbye(session: string): void {
  say(`
That was the demo. It still runs:
  the shop       ${SHOP}/
  the session    ${session}: a debug replica of the shop gets every request
  the API        http://127.0.0.1:7007, which is where npx sidestep asks

Go on:
  npx sidestep get targets,sessions,pauses
  npx sidestep describe session ${session}
  npx sidestep debug shop --match header:x-debug=alice
                 a session beside it, for the requests with that header

Stop it all:
  ${DOWN}`);
}
