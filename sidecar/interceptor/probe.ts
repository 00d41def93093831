import { connect } from "node:net";

/** How long a probe waits for an answer, in milliseconds. */
const LIMIT = 2_000;

/** Whether an address accepts connections: undefined, or the error's code. */
export function probe(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (error?: string) => {
      socket.destroy();
      resolve(error);
    };
    socket.setTimeout(LIMIT, () => done("ETIMEDOUT"));
    socket.once("connect", () => done());
    socket.on("error", (error: NodeJS.ErrnoException) =>
      done(error.code ?? error.message),
    );
  });
}
