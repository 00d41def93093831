import type { Readable } from "node:stream";

const RECONNECT_MS = 500;

/**
 * Follows the Engine's events, for ever: `look` is called at each event and
 * after each (re)connection, when anything may have happened unseen. `open`
 * gets the time, in seconds, from which events are wanted: the Engine answers
 * before it subscribes, and what happens in between must not be lost. Returns
 * a function that stops it.
 */
export function watchEvents(
  open: (since: number) => Promise<Readable>,
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
      stream = await open(Math.floor(Date.now() / 1000));
    } catch {
      return again();
    }
    stream.on("error", again);
    stream.on("close", again);
    if (stopped) return void stream.destroy();
    // Chunks are not lines, and what they say does not matter.
    stream.on("data", look);
    look();
  };

  void connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stream?.off("data", look).destroy();
  };
}
