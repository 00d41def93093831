import {
  STATUS_CODES,
  request,
  type Agent,
  type IncomingMessage,
} from "node:http";
import { addAbortSignal, Readable } from "node:stream";
import { CLIENT_HEADER } from "../sidecar/schema/constants.js";
import type { Problem } from "../sidecar/schema/problem.js";
import { explainEngine, hasEnded } from "./engine-errors.js";
import { UserError, fromServer } from "./errors.js";
import { noRelay } from "./reach-errors.js";
import {
  serverLost,
  serverRefused,
  unexpectedAnswer,
} from "./server-errors.js";

/** Where the sidecar's API answers, and the token it wants to see. */
export interface Endpoint {
  /** Such as http://127.0.0.1:7007, without a slash at the end. */
  url: string;
  token: string;
  /** Who asks, for its audit. */
  client?: string;
  /** What says that all there is production, in words. */
  production?: string;
  /** Where it answers without Docker's proxy of published ports in between, if that is known. */
  direct?: string;
  /** Makes the connections, where the address alone does not. */
  agent?: Agent;
  /** Takes a line for each call. */
  trace?: ((line: string) => void) | undefined;
}

/** How long the sidecar may be silent within an answer that is not a stream. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Sends a request and reads the JSON of the answer; throws what the sidecar refused. */
export async function requestJson<T>(
  endpoint: Endpoint,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  try {
    const response = await send(endpoint, method, path, body);
    return JSON.parse(await readText(response)) as T;
  } catch (error) {
    throw explain(error, endpoint);
  }
}

/**
 * Sends a request and hands out the answer's body as it comes.
 * @param silence how long nothing may come, in milliseconds; 0: a quiet log is a good log
 * @param type the media type that it must have
 * @param signal aborted: no more is wanted
 */
export async function requestStream(
  endpoint: Endpoint,
  path: string,
  silence = 0,
  type = "text/plain",
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    const response = await send(endpoint, "GET", path);
    if (!response.headers["content-type"]?.startsWith(type)) {
      response.destroy();
      throw unexpectedAnswer(path, type);
    }
    if (signal) addAbortSignal(signal, response);
    response.setTimeout(silence, () =>
      response.destroy(new Error("no sign of life")),
    );
    return streamOf(response, endpoint);
  } catch (error) {
    throw explain(error, endpoint);
  }
}

/** Sends a tar as it comes; throws what the sidecar refused, while it is sent too. */
export async function sendStream(
  endpoint: Endpoint,
  path: string,
  tar: Readable,
): Promise<void> {
  try {
    const response = await send(endpoint, "PUT", path, tar);
    await readText(response);
  } catch (error) {
    throw explain(error, endpoint);
  }
}

/** The headers every request carries. */
export function authorization(endpoint: Endpoint): Record<string, string> {
  const { token, client } = endpoint;
  return {
    authorization: `Bearer ${token}`,
    ...(client !== undefined && { [CLIENT_HEADER]: client }),
  };
}

/** The problem that an answer with an error status tells. */
export async function readProblem(response: IncomingMessage): Promise<Problem> {
  const status = response.statusCode ?? 500;
  const text = await readText(response);
  try {
    const told = JSON.parse(text) as Partial<Problem> & { detail?: string };
    // Sidecars of 0.1.0 said `message` where problem documents have `detail`.
    const { code, hint, detail, message = detail } = told;
    if (typeof code === "string" && typeof message === "string") {
      return { code, message, ...(typeof hint === "string" && { hint }) };
    }
  } catch {
    // Not the sidecar's words: something else answers at this address.
  }
  const name = STATUS_CODES[status] ?? "Unknown";
  return {
    code: name.replaceAll(/[^A-Za-z]/g, ""),
    message: `the server answered ${status} ${name}`,
  };
}

function send(
  endpoint: Endpoint,
  method: string,
  path: string,
  body?: unknown,
): Promise<IncomingMessage> {
  const tar = body instanceof Readable ? body : undefined;
  const payload = body === undefined || tar ? undefined : JSON.stringify(body);
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(`${endpoint.url}${path}`, {
      method,
      ...(endpoint.agent && { agent: endpoint.agent }),
      timeout: ANSWER_TIMEOUT_MS,
      headers: {
        ...authorization(endpoint),
        accept: "application/json, text/plain",
        ...(payload !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(payload),
        }),
        ...(tar && { "content-type": "application/x-tar" }),
      },
    });
    outgoing.on("timeout", () =>
      outgoing.destroy(
        new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000}s`),
      ),
    );
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      // A kept connection can be closed by the sidecar just as it is used
      // again; what only reads is safe to ask once more, on another one.
      if (outgoing.reusedSocket && error.code === "ECONNRESET" && !body) {
        resolve(send(endpoint, method, path));
      } else {
        reject(error);
      }
    });
    outgoing.on("response", (response) => {
      const status = response.statusCode ?? 500;
      endpoint.trace?.(`${method} ${path}: ${status} ${since(begin)}`);
      if (status < 400) return resolve(response);
      readProblem(response).then(
        (problem) => reject(fromServer(problem)),
        reject,
      );
    });
    if (!tar) return outgoing.end(payload);
    // It may take long to unpack what has been sent.
    outgoing.setTimeout(0);
    tar.on("error", (error) => outgoing.destroy(error));
    tar.pipe(outgoing);
  });
}

/** Such as `in 3.2 ms`. */
export const since = (begin: number): string =>
  `in ${(performance.now() - begin).toFixed(1)} ms`;

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function* streamOf(
  response: IncomingMessage,
  endpoint: Endpoint,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (error) {
    throw explain(error, endpoint);
  }
}

/** Turns errors of the network into words; leaves those that have them. */
export function explain(error: unknown, endpoint: Endpoint): Error {
  const { host } = new URL(endpoint.url);
  if (error instanceof SyntaxError) {
    return serverLost(host, new Error("its answer is not JSON"));
  }
  if (error instanceof UserError) return error;
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return serverRefused(host, error);
  if (name === "ExecFailed") {
    if (/relay\.py/.test(message)) return noRelay(error);
    return /^refused/.test(message)
      ? serverRefused(host, error)
      : serverLost(host, error);
  }
  if (hasEnded(error)) return serverLost(host, error);
  // By an exec, the way there is the Engine.
  const words = explainEngine(error);
  if (words instanceof UserError) return words;
  // Errors of the network are plain ones; a TypeError is a bug of ours.
  const ofNetwork = error instanceof Error && error.name === "Error";
  return ofNetwork ? serverLost(host, error) : (error as Error);
}
