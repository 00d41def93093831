import type { Cut } from "./endpoint.js";
import type { Exchange, Script } from "./script.js";

/** Bytes all at once, and one by one. */
export const AT_ONCE: Cut[] = [{ size: Infinity, turns: 0 }];
export const ONE_BY_ONE: Cut[] = [{ size: 1, turns: 1 }];

const NO_CONTENT = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** An exchange of a request of these bytes, for scripts that are written by hand. */
export function exchanged(
  bytes: string,
  final = NO_CONTENT,
  matched = false,
): Exchange {
  const [method = "", target = ""] = bytes.split(" ");
  return {
    request: {
      method,
      target,
      head: bytes,
      body: "",
      content: "",
      expectsContinue: false,
    },
    response: { interim: "", final, ends: false, after: "whole" },
    matched,
  };
}

/** A script that ends when the client has everything, or as told. */
export function scripted(
  exchanges: Exchange[],
  more: Partial<Script> = {},
): Script {
  return {
    exchanges,
    rest: { client: "", app: "" },
    pipelined: false,
    end: { client: "late", app: "follow" },
    cuts: { client: AT_ONCE, app: AT_ONCE },
    ...more,
  };
}
