import type { Peer } from "./peer.js";

/** A short answer that the interceptor gives by itself, in one line of plain text. */
export function answer(
  client: Peer,
  status: string,
  text: string,
  headers: Record<string, string>,
): void {
  const body = Buffer.from(`${text}\n`);
  const lines = Object.entries({
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": String(body.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
  void client.write(Buffer.concat([Buffer.from(head), body]));
}

/** Answers that the session's replica is paused and takes no other request meanwhile. */
export function answerPaused(
  client: Peer,
  session: string,
  keepAlive: boolean,
): void {
  answer(
    client,
    "503 Service Unavailable",
    `sidestep: the replica of session ${session} is paused; try again when it goes on`,
    {
      "X-Sidestep": `paused; session=${session}`,
      "Retry-After": "5",
      Connection: keepAlive ? "keep-alive" : "close",
    },
  );
}

/** What a client is told when the replica cannot be reached and the original cannot take over. */
export function unreachable(session: string, reason: string): string {
  return `sidestep: the replica of session ${session} did not answer: ${reason}`;
}
