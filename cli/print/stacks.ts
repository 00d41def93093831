import type {
  ProcessStacks,
  StackFrame,
  Stacks,
  ThreadStack,
} from "../../sidecar/schema/index.js";
import { printable } from "../../sidecar/schema/printable.js";

/** A thread dump for people: each stack as Python prints a traceback, its innermost frame last. */
export function formatStacks({ metadata, status }: Stacks): string {
  return status.processes
    .map((process) => processText(metadata.name, process))
    .join("\n\n");
}

function processText(session: string, process: ProcessStacks): string {
  const { pid, runtime, server, problem, threads } = process;
  const head = [`session/${session}`, `pid ${pid}`, runtime, server]
    .filter(Boolean)
    .join("  ");
  return [
    `${printable(head)}\n`,
    problem ? `  ${printable(problem)}\n` : "",
    ...servingFirst(threads).map((thread) => `\n${threadText(thread)}`),
  ].join("");
}

/** What is looked for is mostly where a request is. */
function servingFirst(threads: ThreadStack[]): ThreadStack[] {
  return [
    ...threads.filter(({ request }) => request),
    ...threads.filter(({ request }) => !request),
  ];
}

function threadText(thread: ThreadStack): string {
  const { frames, omitted } = thread;
  const left = omitted > 0 ? [`  … ${omitted} more frames\n`] : [];
  return [
    `${printable(title(thread))}\n`,
    ...left,
    ...frames.toReversed().map(frameText),
  ].join("");
}

/** Such as `Thread "MainThread": waiting for a lock: GET /orders/7 from 172.18.0.5`. */
function title({ thread, task, state, pause, request }: ThreadStack): string {
  // The thread of a task is not always known.
  const of = thread ? ` of thread "${thread}"` : "";
  const what = task ? `Task "${task}"${of}` : `Thread "${thread}"`;
  const doing = pause ? `paused, sidestep attach pause/${pause}` : state;
  const serving =
    request &&
    `${request.method} ${request.path}${request.client ? ` from ${request.client}` : ""}`;
  return [what, doing, serving].filter(Boolean).join(": ");
}

function frameText({ file, line, function: name, source }: StackFrame): string {
  const at = `  File "${file}", line ${line}, in ${name}`;
  return `${printable(at)}\n${source ? `    ${printable(source)}\n` : ""}`;
}
