import { createInterface } from "node:readline";
import type { Cli } from "./cli.js";
import { interrupted } from "./errors.js";

/** Asks at the user's terminal, a line at a time: as plain as any terminal can show. */
export interface Asker {
  /** The answer, which is the default where only Enter is pressed; asked again until it is valid. */
  text(
    question: string,
    otherwise: string,
    /** What is wrong with an answer, if something is. */
    wrong?: (answer: string) => string | undefined,
  ): Promise<string>;
  /** One of some choices, by its number or its name; the first is the default. */
  choice(question: string, choices: Choice[]): Promise<string>;
  close(): void;
}

/** Something to choose, and what there is to know of it. */
export interface Choice {
  name: string;
  text: string;
}

/** Whether there is somebody to ask. */
export function canAsk({ streams: { in: input, err } }: Cli): boolean {
  return input.isTTY === true && err.isTTY === true;
}

/** Throws when the user presses Ctrl-C or Ctrl-D. */
export function createAsker({ streams }: Cli): Asker {
  const lines: string[] = [];
  let waiting: { take(line: string): void; leave(): void } | undefined;
  let left = false;
  const reader = createInterface({
    input: streams.in,
    output: streams.err,
    terminal: true,
  });
  reader.on("line", (line) => {
    const asked = waiting;
    waiting = undefined;
    if (asked) asked.take(line);
    else lines.push(line); // typed ahead
  });
  reader.on("close", () => {
    left = true;
    waiting?.leave();
  });
  const line = (prompt: string): Promise<string> =>
    new Promise((take, reject) => {
      const leave = () => reject(interrupted("SIGINT"));
      reader.setPrompt(prompt);
      reader.prompt();
      const ahead = lines.shift();
      if (ahead !== undefined) take(ahead);
      else if (left) leave();
      else waiting = { take, leave };
    });
  const say = (text: string) => streams.err.write(`${text}\n`);

  const asker: Asker = {
    text: async (question, otherwise, wrong) => {
      for (;;) {
        const answer = (await line(`${question} [${otherwise}]: `)).trim();
        const problem = wrong?.(answer || otherwise);
        if (problem === undefined) return answer || otherwise;
        say(problem);
      }
    },
    choice: async (question, choices) => {
      const names = choices.map(({ name }) => name);
      const width = Math.max(...names.map((name) => name.length));
      const digits = String(names.length).length;
      say(question);
      choices.forEach(({ name, text }, index) => {
        const number = String(index + 1).padStart(digits);
        say(`  ${number}) ${name.padEnd(width)}   ${text}`.trimEnd());
      });
      const named = (answer: string) =>
        names.find((name) => name === answer) ?? names[Number(answer) - 1];
      const answer = await asker.text("Number or name", "1", (given) =>
        named(given) === undefined
          ? `"${given}" is none of them: type a number from 1 to ${names.length}`
          : undefined,
      );
      return named(answer) ?? "";
    },
    close: () => reader.close(),
  };
  return asker;
}
