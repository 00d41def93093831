import type { Peer } from "./peer.js";

/**
 * How long a client may stay silent once the app has said its last word. The
 * kernel keeps the half-closed socket of an app that is gone as long.
 */
const LINGER = 60_000;

/** Relays raw bytes both ways, with half-closes and resets, until both sides are done. */
export async function splice(client: Peer, app: Peer): Promise<void> {
  await Promise.all([upward(client, app), downward(app, client)]);
}

/** Relays what the client sends, to the end. */
export async function upward(client: Peer, app: Peer): Promise<void> {
  await pour(client, app);
}

/** Relays what the app sends, to the end. */
export async function downward(app: Peer, client: Peer): Promise<void> {
  await pour(app, client);
  if (!client.closed)
    client.socket.setTimeout(LINGER, () => {
      client.destroy();
      app.destroy();
    });
}

async function pour(from: Peer, to: Peer): Promise<void> {
  for (;;) {
    const bytes = await from.read();
    if (bytes === null) break;
    if (to.closed) return from.reset();
    const full = to.write(bytes);
    if (full) await full;
  }
  if (from.broken) to.reset();
  else to.end();
}
