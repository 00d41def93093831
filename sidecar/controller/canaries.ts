import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { canarySpec } from "../../docker/engine/canary.js";
import type { Engine } from "../../docker/engine/engine.js";
import type { InterceptorLinks } from "../links/interceptors.js";
import { canaryRequest } from "../schema/index.js";
import type { Self } from "./world.js";

/** How long an answer is waited for, in milliseconds. */
const PATIENCE_MS = 2_000;

/** How long the interceptor may take to tell of one that was answered. */
const TELL_MS = 500;

/** A canary request to send: it proves one session's route at one container. */
export interface CanaryOrder {
  session: string;
  interceptor: string;
  /** The takeover that it is to prove, by when that came into force. */
  takeover: number;
  host: string;
  port: number;
  /** The replica from whose place it is sent; undefined: from the sidecar's own. */
  from: string | undefined;
}

/** What became of the last canary of a session at a container. */
export interface Proof {
  takeover: number;
  state: "sent" | "seen" | "missed";
  /** When that came about, in ms since 1970. */
  at: number;
  /** Seen: where it came from, as the interceptor saw it. Missed: the answer's first line, or why there is none. */
  what: string;
  /** Missed, though something has answered. */
  answered?: boolean;
}

/** The book of canaries. */
export interface Canaries {
  /** Sends one; what becomes of it is read from `proofs`. */
  send(order: CanaryOrder): void;
  /** An interceptor has seen one. */
  seen(id: string, client: string): void;
  proofs(): Record<string, Proof>;
  /** A session is over. */
  forget(session: string): void;
}

/** Under which key a proof is kept. */
export const proofKey = (session: string, interceptor: string): string =>
  `${session} ${interceptor}`;

/** Keeps the book, and sends; `look` is called when something became of one. */
export function createCanaries(
  engine: Engine,
  self: Self,
  interceptors: Pick<InterceptorLinks, "newCanary">,
  look: () => void,
): Canaries {
  const proofs = new Map<string, Proof>();
  const open = new Map<string, (client: string) => void>();

  const fly = async (order: CanaryOrder): Promise<void> => {
    const key = proofKey(order.session, order.interceptor);
    const note = (state: Proof["state"], what: string): Proof => {
      const proof: Proof = {
        takeover: order.takeover,
        state,
        at: Date.now(),
        what,
      };
      proofs.set(key, proof);
      return proof;
    };
    const sent = note("sent", "");
    const canary = interceptors.newCanary(order.interceptor);
    if (!canary) return void proofs.delete(key);
    const { id, secret } = canary;
    open.set(id, (client) => {
      if (proofs.get(key) === sent) note("seen", client);
      look();
    });
    const request = canaryRequest(secret);
    const answer = await (
      order.from === undefined
        ? sendFromHere(order, request)
        : sendFrom(engine, self, order.from, order, request, id)
    ).catch((error: Error) => error);
    setTimeout(() => {
      open.delete(id);
      if (proofs.get(key) !== sent) return;
      const said = answer instanceof Error ? "" : answer;
      const why = answer instanceof Error ? answer.message : "not a word";
      note("missed", said || why).answered = said !== "";
      look();
    }, TELL_MS);
  };

  return {
    send: (order) => void fly(order),
    seen: (id, client) => open.get(id)?.(client),
    proofs: () => Object.fromEntries(proofs),
    forget: (session) => {
      for (const key of proofs.keys())
        if (key.startsWith(`${session} `)) proofs.delete(key);
    },
  };
}

/** The first line of the answer. */
function sendFromHere(
  { host, port }: CanaryOrder,
  request: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = setTimeout(
      () => socket.destroy(new Error("none within 2 s")),
      PATIENCE_MS,
    );
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("connect", () => socket.write(request));
    socket.on("data", (bytes: string) => {
      answer += bytes;
      if (answer.includes("\n")) socket.destroy();
    });
    socket.on("end", () => socket.destroy());
    socket.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code ?? error.message)),
    );
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(firstLine(answer));
    });
  });
}

async function sendFrom(
  engine: Engine,
  self: Self,
  replica: string,
  { host, port }: CanaryOrder,
  request: string,
  id: string,
): Promise<string> {
  const { image, volume } = self;
  const to = { host, port };
  const made = await engine.create(
    canarySpec({ from: replica, to, request, id, image, volume }),
  );
  try {
    await engine.start(made);
    await engine.wait(made);
    return firstLine(await text(await engine.logs(made, false, {})));
  } finally {
    await engine.remove(made);
  }
}

/** What was answered, short and printable. */
const firstLine = (answer: string): string =>
  (answer.split("\n")[0] ?? "").replace(/[^ -~]/g, "").slice(0, 100);
