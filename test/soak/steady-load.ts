import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a steady load saw. */
export interface SteadyReport {
  sent: number;
  answered: number;
  /** Connections that broke, and answers other than 200. */
  failed: number;
}

const CONNECTIONS = 20;
const TICK_MS = 10;
const STATUS = /HTTP\/1\.1 (\d{3}) /g;

/** Requests at a steady rate on kept connections, from a process of its own. */
export function startSteady(url: string, perSecond: number) {
  const file = fileURLToPath(import.meta.url);
  const child = fork(file, [url, String(perSecond)]);
  const report = new Promise<SteadyReport>((resolve, reject) => {
    child.once("message", (said) => resolve(said as SteadyReport));
    child.once("exit", (code) => reject(new Error(`load: exit code ${code}`)));
  });
  report.catch(() => undefined);
  return {
    stop: (): Promise<SteadyReport> => {
      if (child.connected) child.send("stop");
      return report;
    },
  };
}

const [, program, where = "", perSecond] = process.argv;
if (program === fileURLToPath(import.meta.url) && process.send)
  void load(where, Number(perSecond));

async function load(url: string, perSecond: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const report: SteadyReport = { sent: 0, answered: 0, failed: 0 };
  let on = true;
  process.once("message", () => (on = false));
  process.once("disconnect", () => process.exit());
  const open = (): Socket => {
    const socket = connect(Number(port), hostname);
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
  process.send?.(report, () => process.exit());
}
