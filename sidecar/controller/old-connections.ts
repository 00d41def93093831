import type { OldConnections } from "../links/interceptors.js";

/** What interceptors told of connections that are older than their takeover, summed up; undefined: nothing yet. */
export function sumUp(
  told: (OldConnections | undefined)[],
): OldConnections | undefined {
  const known = told.filter((each) => each !== undefined);
  const [first] = known;
  if (!first) return undefined;
  return {
    count: known.reduce((sum, { count }) => sum + count, 0),
    peers: [...new Set(known.flatMap(({ peers }) => peers))],
    closing:
      known.map(({ closing }) => closing).find((each) => each !== "yes") ??
      "yes",
  };
}

/** What they mean for a session, and what can be done, for people. */
export function describeOld({ count, peers, closing }: OldConnections): string {
  const [are, them] =
    count === 1
      ? ["1 connection to the app is", "it"]
      : [`${count} connections to the app are`, "them"];
  const from = peers.length > 0 ? ` (from ${peers.join(", ")})` : "";
  return `${are} older than the session${from}: requests on ${them} are not rerouted${WHAT_NOW[closing]}`;
}

const BY_HAND = "restart the proxy in front, or lower its keep-alive";

const WHAT_NOW: Record<OldConnections["closing"], string> = {
  yes: ", until they are silent for a second and are closed",
  "not-wanted": `; the session says cutIdle: false, so ${BY_HAND}`,
  "not-supported": `, and this kernel cannot close such (CONFIG_INET_DIAG_DESTROY): ${BY_HAND}`,
  "not-permitted": `, and this host does not permit to close such: ${BY_HAND}`,
};
