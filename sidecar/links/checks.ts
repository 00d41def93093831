import type { AskKit } from "../breakpoints/check.js";
import type { KitMessage } from "../schema/index.js";
import type { Asked } from "./stacks.js";

/** How long a replica's Python may take to look at an expression. */
const PATIENCE_MS = 2_000;

type Answer = Awaited<ReturnType<AskKit>>;

/** Questions to kits, whether their Python understands an expression. */
export interface Checks {
  /** Undefined where there is nobody, or no answer in time. */
  ask(kit: Asked | undefined, question: Parameters<AskKit>[0]): Promise<Answer>;
  /** A kit's answer; one to a question that was put to another is none. */
  told(by: Asked, answer: Extract<KitMessage, { type: "checked" }>): void;
}

/** Keeps the questions that are not answered yet. */
export function createChecks(): Checks {
  const open = new Map<string, { kit: Asked; end: (answer: Answer) => void }>();
  let last = 0;
  return {
    ask: (kit, question) =>
      new Promise((resolve) => {
        if (!kit) return resolve(undefined);
        const query = String(++last);
        const end = (answer: Answer) => {
          clearTimeout(timer);
          open.delete(query);
          resolve(answer);
        };
        const timer = setTimeout(() => end(undefined), PATIENCE_MS);
        open.set(query, { kit, end });
        kit.send({ ...question, query });
      }),
    told: (by, { query, problem }) => {
      const question = open.get(query);
      if (question?.kit === by) question.end(problem ?? null);
    },
  };
}
