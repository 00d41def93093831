import type { Readable } from "node:stream";

const RECONNECT_MS = 500;

/**
 * Follows the Engine's events, for ever: `look` is called at each event and
 * after each (re)connection, when anything may have happened unseen. Returns a
 * function that stops it.
 */
export function watchEvents(
  open: () => Promise<Readable>,
  look: () => void,
): () => void {
  let stopped = false;
  let stream: Readable | undefined;
  let timer: NodeJS.Timeout | undefined;

  const again = () => {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, RECONNECT_MS);
  };

  const connect = async () => {
    try {
      stream = await open();
      if (stopped) return void stream.destroy();
      look();
      // Chunks are not lines, and what they say does not matter.
      stream.on("data", look);
      stream.on("error", again);
      stream.on("close", again);
    } catch {
      again();
    }
  };

  void connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stream?.destroy();
  };
}
