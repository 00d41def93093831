import { BodyScanner } from "./body.js";
import { withHeader } from "./edit.js";
import {
  Malformed,
  parseResponseHead,
  type RequestHead,
  type ResponseHead,
} from "./frame.js";
import { HeadCollector } from "./head-collector.js";
import { readable, type Peer } from "./peer.js";
import { downward, upward } from "./splice.js";

/** What the owner of a connection decides about an exchange on it. */
export interface RelayHooks {
  /** The bytes to send for a final response's head; as received, if absent. */
  answer?(head: ResponseHead): Buffer;
  /** The head of the final answer goes out. */
  answered?(status: number): void;
  /** Whether the client is to be told, by the response's head, that the connection ends. */
  closing(): boolean;
  /** Told what could not be framed. */
  doubt(reason: string): void;
}

/** What of a request its relay has to know once its head was sent. */
export interface RelayedRequest {
  method: string;
  keepAlive: boolean;
  /** If it is answered before its body, the client may send that all the same, or not. */
  unsure: boolean;
}

/**
 * Relays one request to an app and its response to the client as the original
 * bytes. `next`: the client may send another. `close`: it was told to leave.
 * `over`: the connection was relayed raw to its end.
 */
export async function relay(
  client: Peer,
  app: Peer,
  request: RequestHead,
  hooks: RelayHooks,
): Promise<"next" | "close" | "over"> {
  const { method, keepAlive } = request;
  const unsure = request.expectsContinue && request.framing.kind !== "none";
  const body = new BodyScanner(request.framing);
  const full = app.write(request.raw);
  if (full) await full;
  return goOn(client, app, { method, keepAlive, unsure }, body, hooks);
}

/** Relays the rest of a request that was begun, and its response, like `relay`. */
export async function goOn(
  client: Peer,
  app: Peer,
  request: RelayedRequest,
  body: BodyScanner,
  hooks: RelayHooks,
): Promise<"next" | "close" | "over"> {
  const sending = new Sending(client, app, body, hooks);
  const answered = await receive(client, app, request, sending, hooks);
  if (answered !== "raw" && !sending.done)
    // An answer before the whole request was sent: the app may leave now.
    await Promise.race([sending.finished, readable([app])]);
  if (answered === "raw" || !sending.done) {
    await Promise.all([
      sending.finished.then(() => upward(client, app)),
      downward(app, client),
    ]);
    return "over";
  }
  return answered;
}

/** The client's half of an exchange. */
class Sending {
  /** The request was relayed whole. */
  done = false;
  /** Some of the body was relayed. */
  begun = false;
  readonly finished: Promise<void>;

  constructor(
    private readonly client: Peer,
    private readonly app: Peer,
    body: BodyScanner,
    private readonly hooks: RelayHooks,
  ) {
    this.finished = this.send(body);
  }

  private async send(body: BodyScanner): Promise<void> {
    const { client, app } = this;
    let full: Promise<void> | undefined;
    while (!body.done) {
      if (full) await full;
      const chunk = await client.read();
      if (chunk === null) return this.passOnTheEnd();
      if (app.closed) return client.reset();
      const end = body.scan(chunk);
      this.begun ||= end > 0;
      if (body.malformed) {
        this.hooks.doubt(body.malformed.reason);
        client.unread(chunk.subarray(end));
        full = app.write(chunk.subarray(0, end));
        if (full) await full;
        return upward(client, app);
      }
      client.unread(chunk.subarray(end));
      full = app.write(chunk.subarray(0, end));
    }
    this.done = true;
    void this.watch();
  }

  /** A client that leaves, or closes its half, while it waits for the response. */
  private async watch(): Promise<void> {
    await readable([this.client]);
    if (this.client.ended && !this.client.spoke) this.passOnTheEnd();
  }

  private passOnTheEnd(): void {
    if (this.client.broken) this.app.reset();
    else this.app.end();
  }
}

/** The app's half: `raw` where the message's end is the connection's, or cannot be told. */
async function receive(
  client: Peer,
  app: Peer,
  request: RelayedRequest,
  sending: Sending,
  hooks: RelayHooks,
): Promise<"next" | "close" | "raw"> {
  for (;;) {
    const head = await readResponseHead(app, request.method);
    if (head === undefined) return "raw";
    if (head instanceof Malformed) {
      hooks.doubt(`the app's answer has ${head.reason}`);
      return "raw";
    }
    if (head.status < 200 && !head.tunnel) {
      await client.write(head.raw);
      continue;
    }
    const lasting =
      request.keepAlive &&
      head.keepAlive &&
      !head.tunnel &&
      head.framing.kind !== "close";
    const close = lasting && hooks.closing();
    hooks.answered?.(head.status);
    const bytes = hooks.answer?.(head) ?? head.raw;
    await client.write(
      close ? withHeader(bytes, "Connection", "close") : bytes,
    );
    if (head.tunnel || head.framing.kind === "close") return "raw";
    const body = new BodyScanner(head.framing);
    if (!(await relayBody(app, client, body))) {
      if (body.malformed)
        hooks.doubt(`the app's answer has ${body.malformed.reason}`);
      return "raw";
    }
    if (close) return "close";
    // Refused before its body: the client may send it all the same, or not.
    const unsure = request.unsure && !sending.begun;
    return lasting && !unsure ? "next" : "raw";
  }
}

/** Undefined where the app ends first; what it sent stays to be read. */
export async function readResponseHead(
  app: Peer,
  method: string,
): Promise<ResponseHead | Malformed | undefined> {
  const collector = new HeadCollector(app);
  for (;;) {
    const chunk = await app.read();
    if (chunk === null) {
      collector.giveBack();
      return undefined;
    }
    const raw = collector.add(chunk);
    if (raw === undefined) continue;
    if (raw instanceof Malformed) return raw;
    const head = parseResponseHead(raw, method);
    if (head instanceof Malformed) app.unread(raw);
    return head;
  }
}

/** Whether the body came to its end. */
export async function relayBody(
  app: Peer,
  client: Peer,
  body: BodyScanner,
): Promise<boolean> {
  while (!body.done) {
    const chunk = await app.read();
    if (chunk === null) return false;
    if (client.closed) {
      app.reset();
      return false;
    }
    const end = body.scan(chunk);
    app.unread(chunk.subarray(end));
    if (body.malformed) {
      await client.write(chunk.subarray(0, end));
      return false;
    }
    const full = client.write(chunk.subarray(0, end));
    if (full) await full;
  }
  return true;
}
