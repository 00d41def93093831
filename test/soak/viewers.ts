import { WebSocket } from "ws";

/** One who looks at a terminal. */
export interface Viewer {
  bytes: number;
  /** The end of what was shown. */
  last: string;
  type(text: string): void;
  close(): void;
}

/** Attaches to a pause's terminal. */
export async function view(
  url: string,
  token: string,
  pause: string,
): Promise<Viewer> {
  const at = `${url.replace("http", "ws")}/v1/pauses/${pause}/attach`;
  const socket = new WebSocket(`${at}?cols=100&rows=30`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const viewer: Viewer = {
    bytes: 0,
    last: "",
    type: (text) => socket.send(Buffer.from(text)),
    close: () => socket.close(),
  };
  socket.on("message", (data: Buffer, binary) => {
    if (!binary) return;
    viewer.bytes += data.length;
    viewer.last = (viewer.last + data.toString("latin1")).slice(-200);
  });
  await new Promise((resolve, reject) =>
    socket.once("open", resolve).once("error", reject),
  );
  return viewer;
}
