/** What a canary request carries: an id that is used once, and the proof that it is ours. */
export const CANARY_HEADER = "x-sidestep-canary";

/** The request line of a canary: what no app has to do anything for, should it come to one. */
export const CANARY_LINE = "OPTIONS * HTTP/1.1";

/** The answer's `X-Sidestep`. */
export const CANARY_ANSWER = "canary";

/** A whole canary request. */
export function canaryRequest(secret: string): string {
  return `${CANARY_LINE}\r\nHost: sidestep\r\n${CANARY_HEADER}: ${secret}\r\nConnection: close\r\n\r\n`;
}
