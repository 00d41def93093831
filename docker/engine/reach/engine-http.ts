import { request, type Agent, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { EngineError } from "../engine.js";
import { DialAgent, dial } from "./dial.js";
import type { EngineEndpoint } from "./endpoint.js";

/** How long the Engine may be silent within an answer. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Node would look for the name that TLS is to ask for, although the dialled
 * connection asks by itself, with a pattern whose first use takes 15 ms.
 */
const NO_SERVER_NAME = { servername: "" };

/** One call of the Engine's API. */
export interface EngineCall {
  method?: string;
  /** With its query; unversioned: the Engine's own version. */
  path: string;
  body?: unknown;
  /** Milliseconds of silence that are borne; 0: any. */
  timeout?: number;
}

/** The Engine's API as bare HTTP, for the few calls that a command makes. */
export interface EngineHttp {
  bytes(call: EngineCall): Promise<Buffer>;
  /** The answer's JSON; undefined where it has no content. */
  json<T>(call: EngineCall): Promise<T>;
  /** The connection itself, once the Engine has switched it over. */
  upgrade(call: EngineCall): Promise<Duplex>;
  close(): void;
}

/** Speaks to the Engine at an endpoint; connects when it is asked something. */
export function engineHttp(endpoint: EngineEndpoint): EngineHttp {
  const agent = new DialAgent(() => dial(endpoint));
  const bytes = async (call: EngineCall) => {
    try {
      return await buffer(await answer(agent, call));
    } catch (error) {
      throw asEngineError(call, error);
    }
  };
  return {
    bytes,
    json: async <T>(call: EngineCall) => {
      const body = (await bytes(call)).toString();
      return (body ? JSON.parse(body) : undefined) as T;
    },
    upgrade: async (call) => {
      try {
        return await upgraded(agent, call);
      } catch (error) {
        throw asEngineError(call, error);
      }
    },
    close: () => agent.destroy(),
  };
}

function answer(agent: Agent, call: EngineCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = open(agent, call);
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      if ((response.statusCode ?? 500) < 400) return resolve(response);
      refusal(call, response).then(reject, reject);
    });
  });
}

function upgraded(agent: Agent, call: EngineCall): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const outgoing = open(agent, call, {
      connection: "Upgrade",
      upgrade: "tcp",
    });
    outgoing.on("error", reject);
    outgoing.on("upgrade", (_response, socket, head) => {
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    outgoing.on("response", (response) => {
      refusal(call, response).then(reject, reject);
    });
  });
}

function open(
  agent: Agent,
  { method = "GET", path, body, timeout = ANSWER_TIMEOUT_MS }: EngineCall,
  more: Record<string, string> = {},
) {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const outgoing = request({
    agent,
    method,
    path,
    // What the Engine is called matters to nobody but HTTP.
    host: "docker",
    ...NO_SERVER_NAME,
    timeout,
    headers: {
      ...more,
      ...(payload !== undefined && {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(payload),
      }),
    },
  });
  outgoing.on("timeout", () => {
    const error = new Error(`no answer within ${timeout / 1000}s`);
    outgoing.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
  });
  outgoing.end(payload);
  return outgoing;
}

async function refusal(call: EngineCall, response: IncomingMessage) {
  const text = (await buffer(response)).toString();
  let message = text.trim();
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? message;
  } catch {
    // Not the Engine's words, but somebody's.
  }
  return new EngineError(nameOf(call), response.statusCode ?? 500, message);
}

function asEngineError(call: EngineCall, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const { message } = error as Error;
  return new EngineError(nameOf(call), 0, message, { cause: error });
}

const nameOf = ({ method = "GET", path }: EngineCall): string =>
  `${method} ${path.replace(/\?.*/, "")}`;
