import http from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** One request, in Unix milliseconds. */
export interface Sample {
  begun: number;
  /** When its connection was made; absent: it came to none. */
  connected?: number;
  ended?: number;
  /** `original`, or the session that answered. */
  by?: string;
  failure?: string;
}

/** A load that goes on until it is stopped; then what has no answer has failed. */
export interface Load {
  readonly samples: Sample[];
  stop(): Promise<void>;
}

/** What waits for so long has failed: milliseconds. */
const PATIENCE = 12_000;

/** Requests at a steady pace, each on a connection of its own, however long the answers take. */
export function startNew(
  url: string,
  headers: Record<string, string>,
  every: number,
): Load {
  const samples: Sample[] = [];
  const waiting = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const sample: Sample = { begun: Date.now() };
    samples.push(sample);
    const done = take(sample, url, { headers, agent: false }).finally(() =>
      waiting.delete(done),
    );
    waiting.add(done);
  }, every);
  return {
    samples,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(waiting);
    },
  };
}

/** POSTs that nobody may send twice, by clients with one connection each, which they keep. */
export function startKept(url: string, pauses: readonly number[]): Load {
  const samples: Sample[] = [];
  let on = true;
  const all = pauses.map(async (pause, index) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; on; count++) {
      const sample: Sample = { begun: Date.now() };
      samples.push(sample);
      const body = `${index}-${count}`;
      await take(sample, url, { method: "POST", agent }, body);
      await delay(sample.failure === undefined ? pause : 100);
    }
    agent.destroy();
  });
  return {
    samples,
    stop: async () => {
      on = false;
      await Promise.all(all);
    },
  };
}

const connectedAt = new WeakMap<Socket, number>();

function take(
  sample: Sample,
  url: string,
  options: http.RequestOptions,
  body?: string,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (failure?: string) => {
      clearTimeout(timer);
      sample.ended ??= Date.now();
      if (failure !== undefined) sample.failure ??= failure;
      resolve();
    };
    const request = http.request(url, options, (response) => {
      let text = "";
      response.on("data", (bytes: Buffer) => (text += bytes.toString()));
      response.on("error", (error) => done(error.message));
      response.on("end", () => {
        sample.by = String(response.headers["x-sidestep"] ?? "original");
        const right = body === undefined || text === body;
        if (response.statusCode === 200 && right) return done();
        done(`${response.statusCode}: ${text.slice(0, 60)}`);
      });
    });
    const timer = setTimeout(() => {
      done(`no answer in ${PATIENCE / 1000} s`);
      request.destroy();
    }, PATIENCE);
    request.on("socket", (socket) => {
      const known = connectedAt.get(socket);
      if (known !== undefined) sample.connected = known;
      else
        socket.once("connect", () => {
          sample.connected = Date.now();
          connectedAt.set(socket, sample.connected);
        });
    });
    request.on("error", (error) => done(error.message));
    request.end(body);
  });
}
