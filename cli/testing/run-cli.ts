import type { Cli } from "../cli.js";
import { report } from "../errors.js";
import { runProgram } from "../program.js";
import { createSignals, type SignalName } from "../signals.js";
import { captureStreams, type Captured } from "./captured.js";
import { FakeContexts } from "./fake-contexts.js";
import { FakeEngine } from "./fake-engine.js";
import { FakeSidecar } from "./fake-sidecar.js";
import { NOW } from "./objects.js";

/** What a command line did, as a user sees it. */
export interface Ran {
  out: string;
  err: string;
  code: number;
}

/** A command line under test: in memory, in its own time. */
export class TestCli {
  sidecar = new FakeSidecar();
  engine = new FakeEngine();
  contexts = new FakeContexts();
  streams: Captured = captureStreams();
  /** Each wait of the command runs the next one of these: the world goes on. */
  steps: (() => void)[] = [];
  /** What finding the sidecar throws, if it does. */
  notFound: Error | undefined;
  connected: (string | undefined)[] = [];
  /** The code with which a signal ended the process, if it did. */
  ended: number | undefined;
  restores = new Set<() => void>();

  #now = NOW;
  #signals = createSignals((code) => (this.ended = code));

  /** Sends a signal to the command. */
  signal(name: SignalName): void {
    this.#signals.raise(name);
  }

  /** Runs a command line, split at blanks or given as words. */
  async run(line: string | string[]): Promise<Ran> {
    const argv =
      typeof line === "string" ? line.split(" ").filter(Boolean) : line;
    let exit = { text: "", exitCode: 0 };
    try {
      await runProgram(this.cli(), argv);
    } catch (error) {
      exit = report(error);
    }
    await new Promise(setImmediate); // what was written is read
    const { out, err } = this.streams.written;
    this.streams.written.out = this.streams.written.err = "";
    return { out, err: err + exit.text, code: exit.exitCode };
  }

  /** What its commands are given. */
  cli(): Cli {
    return {
      streams: this.streams,
      signals: this.#signals,
      version: "0.1.0",
      wanted: () => undefined,
      engine: async () => this.engine.reached(),
      contexts: this.contexts,
      connect: async (sidecar) => {
        this.connected.push(sidecar);
        if (this.notFound) throw this.notFound;
        return this.sidecar;
      },
      now: () => this.#now,
      sleep: async (milliseconds, signal) => {
        await new Promise(setImmediate);
        this.#now += milliseconds;
        this.steps.shift()?.();
        signal?.throwIfAborted();
      },
      atExit: (restore) => {
        this.restores.add(restore);
        return () => this.restores.delete(restore);
      },
    };
  }
}
