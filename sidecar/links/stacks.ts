import { randomUUID } from "node:crypto";
import type {
  KitMessage,
  ProcessStacks,
  ThreadStack,
  ToKit,
} from "../schema/index.js";

/** How long a process may take to tell its stacks. */
export const ANSWER_MS = 3_000;

/** At most so many threads and tasks of one process are kept: a replica may turn hostile. */
const MAX_STACKS = 500;

/** A process that can be asked: the one at the other end of a kit's connection. */
export interface Asked {
  pid: number;
  runtime: string;
  server: string | undefined;
  send: (message: ToKit) => void;
}

type Stack = Extract<KitMessage, { type: "stack" }>;
type End = Extract<KitMessage, { type: "stacks" }>;

/** Questions for stacks, and what has come of the answers. */
export interface StackQuestions {
  /** Asks all; resolves when each has answered or gone, or after `ANSWER_MS`. */
  ask(all: Asked[]): Promise<ProcessStacks[]>;
  /** A part of an answer, or its end. */
  told(by: Asked, message: Stack | End): void;
  /** The connection has ended. */
  gone(who: Asked): void;
}

interface Question {
  /** What each process has told until now. */
  waiting: Map<Asked, ThreadStack[]>;
  done: Map<Asked, ProcessStacks>;
  finish: () => void;
}

/** Keeps the questions that are under way. */
export function createStackQuestions(answerMs = ANSWER_MS): StackQuestions {
  const questions = new Map<string, Question>();

  const answered = (question: Question, by: Asked, problem?: string) => {
    const threads = question.waiting.get(by);
    if (!threads) return;
    question.waiting.delete(by);
    const { pid, runtime, server } = by;
    question.done.set(by, { pid, runtime, server, problem, threads });
    if (question.waiting.size === 0) question.finish();
  };

  return {
    ask: async (all) => {
      const query = randomUUID();
      const question: Question = {
        waiting: new Map(all.map((each) => [each, []])),
        done: new Map(),
        finish: () => undefined,
      };
      questions.set(query, question);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          for (const each of [...question.waiting.keys()]) {
            answered(question, each, SILENT);
          }
        }, answerMs);
        question.finish = () => {
          clearTimeout(timer);
          resolve();
        };
        for (const each of all) each.send({ type: "stacks", query });
        if (all.length === 0) question.finish();
      });
      questions.delete(query);
      return all
        .map((each) => question.done.get(each))
        .filter((each) => each !== undefined)
        .sort((a, b) => a.pid - b.pid);
    },
    told: (by, message) => {
      const question = questions.get(message.query);
      if (!question) return;
      if (message.type === "stacks") {
        const kept = question.waiting.get(by)?.length ?? 0;
        return answered(question, by, kept >= MAX_STACKS ? FULL : undefined);
      }
      const threads = question.waiting.get(by);
      if (threads && threads.length < MAX_STACKS) threads.push(stack(message));
    },
    gone: (who) => {
      for (const question of questions.values()) {
        answered(question, who, "it ended while it was asked");
      }
    },
  };
}

const SILENT =
  "it does not answer: something holds its interpreter, such as a C extension, or the process is stopped";

const FULL = `it has more threads and tasks than are kept: these are the first ${MAX_STACKS}`;

/** What the kit tells, without what it does not know. */
function stack(message: Stack): ThreadStack {
  const { thread, task, state, pause, request, omitted } = message;
  return {
    thread,
    ...(task && { task }),
    ...(state && { state }),
    ...(pause && { pause }),
    ...(request && {
      request: {
        method: request.method,
        path: request.path,
        ...(request.client && { client: request.client }),
      },
    }),
    frames: message.frames.map(({ source, ...frame }) => ({
      ...frame,
      ...(source && { source }),
    })),
    omitted: omitted ?? 0,
  };
}
