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
  lingerOn(client, app);
}

/** Lets go of both once the client has been silent for long enough. */
function lingerOn(client: Peer, app: Peer, milliseconds = LINGER): void {
  if (client.closed) return;
  const timer = setTimeout(() => {
    const left = client.active + LINGER - Date.now();
    if (left > 0) return lingerOn(client, app, left);
    client.destroy();
    app.destroy();
  }, milliseconds);
  timer.unref();
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
