import { mkdtemp, rm } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** What the fake answers: JSON, or bytes just as they are. */
export interface Answer {
  status?: number;
  json?: unknown;
  raw?: string | Buffer;
}

/** A request that the fake got. */
export interface Asked {
  method: string;
  url: string;
  body: string;
}

/** Something that speaks the Engine's HTTP on a unix socket. */
export interface FakeEngine {
  socketPath: string;
  asked: Asked[];
  /** The answer to every request from now on; 204 until it is set. */
  answer: (answer: Answer) => void;
  close(): Promise<void>;
}

/** Starts a fake Engine of some API version. */
export async function fakeEngine(apiVersion = "1.45"): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), "sidestep-engine-"));
  const socketPath = join(folder, "docker.sock");
  const asked: Asked[] = [];
  let next: Answer = { status: 204 };
  const serve = async (req: IncomingMessage, res: ServerResponse) => {
    const url = req.url ?? "";
    asked.push({ method: req.method ?? "", url, body: await text(req) });
    if (url === "/version") {
      const version = { Version: "26.1.5", ApiVersion: apiVersion };
      return res.end(JSON.stringify(version));
    }
    res.statusCode = next.status ?? 200;
    res.end(
      next.raw ?? (next.json === undefined ? "" : JSON.stringify(next.json)),
    );
  };
  const server = createServer((req, res) => void serve(req, res));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    asked,
    answer: (answer) => {
      next = answer;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
