// From a request being sent to the prompt of its breakpoint() on a terminal
// that waits with `sidestep attach --follow`; the request itself, without the
// breakpoint, is measured by turns and not taken off. Then, at that prompt,
// from a key being pressed to its echo, against a Python prompt in the same
// container by `docker exec -it`, by turns.
import { setTimeout as delay } from "node:timers/promises";
import { get } from "../../e2e/support/http.js";
import { judged, reported, type Figure } from "../figure.js";
import { median, time } from "../numbers.js";
import { MATCH, MATCHED, withSession } from "../session.js";
import { addressOf, ours, type Stack } from "../stack.js";
import { watch, type Watched } from "../watched.js";

const ROUNDS = 10;
const PROMPT_MS = 100;
const KEYS = 100;
const RATIO = 1.5;
/** A person is slower, and a session that is busy with the last pause is another measure. */
const BETWEEN_MS = 1_500;
const BETWEEN_KEYS_MS = 10;

export async function pause(stack: Stack): Promise<Figure[]> {
  return withSession(stack, ["shop", ...MATCH], async () => {
    const address = await addressOf(stack.name("shop"), stack.network);
    const url = `http://${address}:8000/orders/7`;
    const terminal = watch("node", ["bin/sidestep.js", "attach", "--follow"], {
      SIDESTEP_SIDECAR: stack.name("sidestep"),
    });
    try {
      const waits: number[] = [];
      const plain: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await terminal.sees("waiting for a pause");
        await delay(BETWEEN_MS);
        plain.push(await timeOf(() => get(url, MATCHED)));
        terminal.clear();
        const begin = performance.now();
        const answer = get(`${url}?pdb=1`, MATCHED);
        waits.push((await terminal.sees("(Pdb) ")) - begin);
        terminal.clear();
        terminal.type("c\r");
        await answer;
      }
      return [
        ...promptFigures(waits, plain),
        ...(await echo(stack, terminal, url)),
      ];
    } finally {
      terminal.end();
    }
  });
}

function promptFigures(waits: number[], plain: number[]): Figure[] {
  const middle = median(waits);
  return [
    judged(
      "from a request to the prompt of its breakpoint() on an attached terminal",
      `${time(middle)} (slowest of ${ROUNDS}: ${time(Math.max(...waits))})`,
      `≤ ${time(PROMPT_MS)}`,
      middle <= PROMPT_MS,
    ),
    reported("the same request without the breakpoint", time(median(plain))),
  ];
}

async function echo(
  stack: Stack,
  terminal: Watched,
  url: string,
): Promise<Figure[]> {
  const [replica = ""] = await ours(stack.project, "replica");
  const prompt = "import sys; sys.ps1 = 'ready '; import readline";
  const other = watch("docker", [
    ...["exec", "-it", replica, "python3", "-q", "-i", "-c", prompt],
  ]);
  try {
    await terminal.sees("waiting for a pause");
    const answer = get(`${url}?pdb=1`, MATCHED);
    await terminal.sees("(Pdb) ");
    await other.sees("ready ");
    await delay(BETWEEN_MS);
    const here: number[] = [];
    const there: number[] = [];
    for (let key = 0; key < KEYS; key++) {
      here.push(await press(terminal, key));
      there.push(await press(other, key));
    }
    terminal.type("\x15c\r");
    await answer;
    const ratio = median(here) / median(there);
    return [
      judged(
        "from a key to its echo at the prompt, against `docker exec -it` of Python",
        `× ${ratio.toFixed(2)} (${fine(median(here))} against ${fine(median(there))})`,
        `≤ × ${RATIO}`,
        ratio <= RATIO,
      ),
    ];
  } finally {
    other.end();
  }
}

/** Types one character, another each time; a full line is emptied. */
async function press(terminal: Watched, key: number): Promise<number> {
  if (key % 26 === 0) {
    terminal.type("\x15");
    await delay(BETWEEN_MS / 10);
  }
  const letter = String.fromCharCode("a".charCodeAt(0) + (key % 26));
  await delay(BETWEEN_KEYS_MS);
  terminal.clear();
  const begin = performance.now();
  terminal.type(letter);
  return (await terminal.sees(letter)) - begin;
}

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await act();
  return performance.now() - begin;
}

const fine = (ms: number): string => `${ms.toFixed(1)} ms`;
