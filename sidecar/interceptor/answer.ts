import type { Peer } from "./peer.js";

/** A short answer that the interceptor gives by itself, in one line of plain text. */
export function answer(
  client: Peer,
  status: string,
  text: string,
  headers: Record<string, string>,
): void {
  const body = Buffer.from(`${text}\n`);
  const head = headOf(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": String(body.length),
    ...headers,
  });
  void client.write(Buffer.concat([head, body]));
}

/** An answer that the interceptor gives by itself, without a body. */
export function answerEmpty(
  client: Peer,
  status: string,
  headers: Record<string, string>,
): void {
  void client.write(headOf(status, { "Content-Length": "0", ...headers }));
}

function headOf(status: string, headers: Record<string, string>): Buffer {
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`);
}

/** Answers that the session's replica is paused and takes no other request meanwhile. */
export function answerPaused(
  client: Peer,
  session: string,
  keepAlive: boolean,
): void {
  const { status, phrase, text, headers } = paused(session);
  answer(client, `${status} ${phrase}`, text, {
    ...headers,
    Connection: keepAlive ? "keep-alive" : "close",
  });
}

/** What a request is answered with that a paused replica does not take: its status, headers and text. */
export function paused(session: string) {
  return {
    status: 503,
    phrase: "Service Unavailable",
    headers: {
      "X-Sidestep": `paused; session=${session}`,
      "Retry-After": "5",
    },
    text: `sidestep: session ${session} is paused, and takes no other request meanwhile (whenPaused: reject). ${howToGoOn(session)}`,
  };
}

/** What a request is answered with that has waited too long for a paused replica: its status, headers and text. */
export function waitedTooLong(session: string, milliseconds: number) {
  return {
    status: 504,
    phrase: "Gateway Timeout",
    headers: { "X-Sidestep": `paused; session=${session}` },
    text: `sidestep: session ${session} is paused, and this request has waited for ${milliseconds / 1000} s (maxWait). ${howToGoOn(session)}`,
  };
}

function howToGoOn(session: string): string {
  return `To see where, and let it go on with c: sidestep attach session/${session}`;
}

/** What a client is told when the replica cannot be reached and the original cannot take over. */
export function unreachable(session: string, reason: string): string {
  return `sidestep: the replica of session ${session} did not answer: ${reason}`;
}
