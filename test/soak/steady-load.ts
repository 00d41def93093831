import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, Worker, workerData } from "node:worker_threads";

/** What a steady load saw. */
export interface SteadyReport {
  sent: number;
  answered: number;
  /** Connections that broke, and answers other than 200. */
  failed: number;
}

interface Steady {
  hostname: string;
  port: number;
  perSecond: number;
}

const CONNECTIONS = 20;
const TICK_MS = 10;
const STATUS = /HTTP\/1\.1 (\d{3}) /g;

/** Requests at a steady rate on kept connections, from a thread of its own. */
export function startSteady(url: string, perSecond: number) {
  const { hostname, port } = new URL(url);
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { hostname, port: Number(port), perSecond } satisfies Steady,
  });
  return {
    stop: async (): Promise<SteadyReport> => {
      const report = new Promise<SteadyReport>((resolve) =>
        worker.once("message", resolve),
      );
      worker.postMessage("stop");
      return report;
    },
  };
}

if (parentPort) void load(workerData as Steady);

async function load({ hostname, port, perSecond }: Steady): Promise<void> {
  const report: SteadyReport = { sent: 0, answered: 0, failed: 0 };
  let on = true;
  parentPort?.once("message", () => (on = false));
  const open = (): Socket => {
    const socket = connect(port, hostname);
    socket.on("data", (bytes) => {
      for (const [, status] of bytes.toString("latin1").matchAll(STATUS)) {
        if (status === "200") report.answered++;
        else report.failed++;
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (!on) return;
      report.failed++;
      sockets[sockets.indexOf(socket)] = open();
    });
    return socket;
  };
  const sockets: Socket[] = Array.from({ length: CONNECTIONS }, open);
  const begin = Date.now();
  while (on) {
    const due = ((Date.now() - begin) / 1000) * perSecond;
    for (; report.sent < due; report.sent++)
      sockets[report.sent % CONNECTIONS]?.write(
        "GET / HTTP/1.1\r\nHost: app\r\n\r\n",
      );
    await delay(TICK_MS);
  }
  for (let wait = 0; wait < 100 && report.answered < report.sent; wait++)
    await delay(50);
  for (const socket of sockets) socket.destroy();
  parentPort?.postMessage(report);
  parentPort?.close();
}
