import { connect, type Socket } from "node:net";
import type { App } from "../testbed.js";
import { startApp } from "../testbed.js";
import { Endpoint, type Ending } from "./endpoint.js";
import { Progress } from "./progress.js";
import {
  appSteps,
  clientSteps,
  requestsOf,
  type Script,
  type Step,
} from "./script.js";

/** What was seen of one connection, on both sides. */
export interface Outcome {
  /** What the client got, and how the app ended. */
  client: string;
  clientSaw: Ending;
  /** What each of the original's connections got, and how the client ended. */
  original: { text: string; saw: Ending }[];
}

/** An original that plays scripts, one after another. */
export class ScriptedApp {
  private readonly ends: Endpoint[] = [];
  private script: Script | undefined;
  private playing: Promise<void> = Promise.resolve();
  private constructor(readonly app: App) {}

  static async start(): Promise<ScriptedApp> {
    const accept = (socket: Socket) => scripted.accept(socket);
    const scripted: ScriptedApp = new ScriptedApp(await startApp(accept));
    return scripted;
  }

  /** Plays a script between a client of this port and the original; ends when both have left. */
  async play(script: Script, port: number): Promise<Outcome> {
    this.script = script;
    this.ends.length = 0;
    this.playing = Promise.resolve();
    const client = new Endpoint(
      connect({ port, host: "127.0.0.1", allowHalfOpen: true }),
    );
    const progress = new Progress(script.exchanges);
    try {
      const { end, rest } = script;
      await follow(client, clientSteps(script), script.cuts.client, () => {
        return progress.read(client.text).answered;
      });
      if (end.client === "early") client.fin();
      await client.until(() => {
        const { answered, at } = progress.read(client.text);
        return (
          answered === script.exchanges.length &&
          client.text.length >= at + rest.app.length
        );
      }, "the client has all answers");
      await this.playing;
      const requests = requestsOf(script);
      for (const app of this.ends)
        await app.until(
          () => app.text.length >= requests.length,
          `the original has ${JSON.stringify(requests)}`,
        );
      if (end.client === "reset") client.reset();
      else if (end.app === "reset") this.ends[0]?.reset();
      else if (end.client === "late") client.fin();
      await client.until(() => client.closed, "the client's connection ends");
      for (const app of this.ends)
        await app.until(() => app.closed, "the original's connection ends");
      return {
        client: client.text,
        clientSaw: client.ending,
        original: this.ends.map(({ text, ending }) => ({ text, saw: ending })),
      };
    } finally {
      client.socket.destroy();
      for (const app of this.ends) app.socket.destroy();
      await this.playing.catch(() => undefined);
    }
  }

  private accept(socket: Socket): void {
    const end = new Endpoint(socket);
    this.ends.push(end);
    const { script } = this;
    // Who comes a second time is not answered, and so is noticed.
    if (!script || this.ends.length > 1) return;
    const steps = appSteps(script);
    this.playing = follow(end, steps, script.cuts.app, () => end.text.length);
    this.playing
      .then(async () => {
        if (script.end.app === "own") end.fin();
        await end.until(() => end.ending !== "open", "the client leaves");
        end.fin();
      })
      .catch(() => undefined);
  }
}

/** Sends each step when its time has come, until the other side is gone. */
async function follow(
  end: Endpoint,
  steps: Step[],
  cuts: Script["cuts"]["app"],
  reached: () => number,
): Promise<void> {
  for (const { after, send } of steps) {
    await end.until(
      () => reached() >= after,
      `${after} of what comes before ${JSON.stringify(send.slice(0, 200))}`,
    );
    if (end.closed) return;
    await end.send(send, cuts);
  }
}
