import { STATUS_CODES, request, type IncomingMessage } from "node:http";
import type { Problem } from "../sidecar/schema/problem.js";
import { UserError, fromServer, serverLost, serverRefused } from "./errors.js";

/** Where the sidecar's API answers, and the token it wants to see. */
export interface Endpoint {
  /** Such as http://127.0.0.1:7007, without a slash at the end. */
  url: string;
  token: string;
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

/** Sends a request and hands out the answer's body as it comes. */
export async function requestStream(
  endpoint: Endpoint,
  path: string,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    const response = await send(endpoint, "GET", path);
    response.setTimeout(0); // a quiet log is a good log
    return streamOf(response, endpoint);
  } catch (error) {
    throw explain(error, endpoint);
  }
}

/** The headers every request carries. */
export function authorization(endpoint: Endpoint): Record<string, string> {
  return { authorization: `Bearer ${endpoint.token}` };
}

/** The problem that an answer with an error status tells. */
export async function readProblem(response: IncomingMessage): Promise<Problem> {
  const status = response.statusCode ?? 500;
  const text = await readText(response);
  try {
    const { code, message, hint } = JSON.parse(text) as Partial<Problem>;
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
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(`${endpoint.url}${path}`, {
      method,
      timeout: ANSWER_TIMEOUT_MS,
      headers: {
        ...authorization(endpoint),
        accept: "application/json, text/plain",
        ...(payload !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(payload),
        }),
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
      if (status < 400) return resolve(response);
      readProblem(response).then(
        (problem) => reject(fromServer(problem)),
        reject,
      );
    });
    outgoing.end(payload);
  });
}

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
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return serverRefused(host, error);
  // Errors of the network are plain ones; a TypeError is a bug of ours.
  const ofNetwork = error instanceof Error && error.name === "Error";
  return ofNetwork ? serverLost(host, error) : (error as Error);
}
