// From `sidestep debug` being typed to the first matched request answered by
// the replica, against `docker run` of the same image, environment and network
// to its first answer. By turns; a request is sent each 25 ms, on a connection
// of its own, to the container itself.
import { setTimeout as delay } from "node:timers/promises";
import { get, servedBy } from "../../e2e/support/http.js";
import { docker } from "../../e2e/support/run.js";
import { judged, type Figure } from "../figure.js";
import { median, time } from "../numbers.js";
import { endSession, MATCH, MATCHED } from "../session.js";
import { addressOf, type Stack } from "../stack.js";

const ROUNDS = 5;
const GOAL = 1000;
const PATH = "/orders/7";

export async function sessionStart(stack: Stack): Promise<Figure[]> {
  const sessions: number[] = [];
  const runs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    runs.push(await startOfContainer(stack, `${stack.project}-run-${round}`));
    sessions.push(await startOfSession(stack));
  }
  const more = median(sessions) - median(runs);
  return [
    judged(
      "session start, against `docker run` of the same app",
      `${time(median(sessions))}, against ${time(median(runs))}: ${more < 0 ? "−" : "+"}${time(Math.abs(more))}`,
      `at most +${time(GOAL)}`,
      more <= GOAL,
    ),
  ];
}

async function startOfSession(stack: Stack): Promise<number> {
  const address = await addressOf(stack.name("shop"), stack.network);
  const begin = Date.now();
  const debug = stack.cli.ok("debug", "shop", ...MATCH);
  const answered = firstAnswer(
    address,
    (by) => by !== "original",
    () => Date.now() - begin,
  );
  const [took] = await Promise.all([answered, debug]);
  await endSession(stack);
  return took;
}

async function startOfContainer(stack: Stack, name: string): Promise<number> {
  const image = await docker("inspect", "-f", "{{.Image}}", stack.name("shop"));
  const begin = Date.now();
  await stack.start(
    name,
    ...["--network", stack.network],
    ...["--env", "DATABASE_HOST=db", "--env", "DATABASE_PASSWORD=shop"],
    image,
  );
  const took = await firstAnswer(
    await addressOf(name, stack.network),
    () => true,
    () => Date.now() - begin,
  );
  await docker("rm", "--force", name);
  return took;
}

/** Asks until whom we wait for has answered; what the clock says then. */
async function firstAnswer(
  address: string,
  isWanted: (by: string) => boolean,
  clock: () => number,
): Promise<number> {
  while (clock() < 30_000) {
    const answer = await get(`http://${address}:8000${PATH}`, MATCHED).catch(
      () => undefined,
    );
    if (answer?.status === 200 && isWanted(servedBy(answer))) return clock();
    await delay(25);
  }
  throw new Error(`${address} was not answered for within 30 s`);
}
