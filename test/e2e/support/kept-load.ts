import http from "node:http";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { get } from "./http.js";
import type { Failure } from "./load.js";

/** A load on connections that its clients keep, until it is stopped. */
export interface KeptLoad {
  report: { done: number; failures: Failure[] };
  stop(): Promise<void>;
}

/**
 * POSTs that nobody may send twice, so that every connection closed at the
 * wrong moment is a failure: each client has one connection of its own, which
 * it uses after a pause of up to so many milliseconds.
 */
export function startKeptLoad(
  url: string,
  clients: { pause: number; headers?: Record<string, string> }[],
): KeptLoad {
  return run(
    clients.map(({ pause, headers = {} }, index) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      let count = 0;
      return {
        turn: async () => {
          const body = `${index}-${++count}`;
          const options = { method: "POST", body, agent };
          const answer = await get(url, headers, options);
          if (answer.status !== 200 || answer.body !== body)
            throw new Error(`${answer.status} for ${body}: ${answer.body}`);
          await delay(Math.random() * pause);
          return 1;
        },
        end: () => agent.destroy(),
      };
    }),
  );
}

/**
 * POSTs that are sent three at a time, before the first is answered, on
 * connections that are kept. Who is asked to leave is done: the app itself,
 * gunicorn with threads, does not see what was sent ahead.
 */
export function startPipelines(url: string, clients: number): KeptLoad {
  const { hostname, port } = new URL(url);
  return run(
    Array.from({ length: clients }, (_, index) => {
      let socket: net.Socket | undefined;
      let left = false;
      let count = 0;
      return {
        turn: async () => {
          if (left) return delay(50, 0);
          socket ??= net.connect(Number(port), hostname).setNoDelay(true);
          const bodies = [1, 2, 3].map((n) => `${index}-${++count}-${n}`);
          left = await exchange(socket, bodies);
          await delay(Math.random() * 20);
          return bodies.length;
        },
        end: () => socket?.destroy(),
      };
    }),
  );
}

/** Sends POSTs in one piece, and waits for all that they come back; whether the server asked to close. */
function exchange(socket: net.Socket, bodies: string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (why: string) => () => reject(new Error(`${why}: ${text}`));
    const onData = (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const all = bodies.every((body) => text.includes(`\r\n\r\n${body}`));
      if (!all) return;
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      resolve(/^connection: close/im.test(text));
    };
    socket.on("data", onData);
    socket.once("error", (error) => fail(error.message)());
    socket.once("end", fail("ended"));
    socket.write(
      bodies
        .map(
          (body) =>
            `POST / HTTP/1.1\r\nHost: app\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        )
        .join(""),
    );
  });
}

/** Lets workers take turns, each on its own, and counts what they did. */
function run(
  workers: { turn: () => Promise<number>; end: () => void }[],
): KeptLoad {
  const report: KeptLoad["report"] = { done: 0, failures: [] };
  let on = true;
  const all = workers.map(async ({ turn, end }) => {
    while (on) {
      const began = Date.now();
      try {
        report.done += await turn();
      } catch (error) {
        report.failures.push({ began, why: String(error) });
        await delay(100);
      }
    }
    end();
  });
  return {
    report,
    stop: async () => {
      on = false;
      await Promise.all(all);
    },
  };
}
