import { canaryId } from "../canary-secret.js";
import { CANARY_ANSWER, CANARY_HEADER } from "../schema/canary.js";
import { answerEmpty } from "./answer.js";
import { valuesOf, type RequestHead } from "./frame.js";
import type { Peer } from "./peer.js";

/** So many are remembered, so that none counts twice. */
const REMEMBERED = 100;

/**
 * Canary requests: one that comes here proves that new connections do. It is
 * answered here; a request that only looks like one is the app's.
 */
export class Canaries {
  private readonly seen = new Set<string>();

  /** @param tell is told of each, once */
  constructor(
    private readonly token: string,
    private readonly tell: (id: string, client: string) => void,
  ) {}

  /** Answers a canary; whether it was one. */
  answer(client: Peer, request: RequestHead, address: string): boolean {
    if (request.target !== "*" || request.method !== "OPTIONS") return false;
    const [secret] = valuesOf(request.headers, CANARY_HEADER);
    const id = secret && canaryId(this.token, secret);
    if (!id || this.seen.has(id)) return false;
    this.seen.add(id);
    for (const oldest of this.seen) {
      if (this.seen.size <= REMEMBERED) break;
      this.seen.delete(oldest);
    }
    answerEmpty(client, "200 OK", {
      "X-Sidestep": CANARY_ANSWER,
      Connection: "close",
    });
    this.tell(id, address.replace(/^::ffff:/, ""));
    return true;
  }
}
