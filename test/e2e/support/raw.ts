import { connect } from "node:net";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

/** Sends these bytes on a connection of their own; all that comes back until the other side closes. Latin-1 text. */
export function exchange(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname);
    socket.setTimeout(20_000, () =>
      socket.destroy(
        new Error(`no end after 20 s: ${request.split("\r\n")[0]}`),
      ),
    );
    socket.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
    socket.on("error", reject);
    socket.on("end", () => resolve(text));
    socket.write(request, "latin1");
  });
}

/**
 * A response as a client understands it, as text: without what concerns one
 * connection only, its headers sorted, its body without chunks or compression.
 * A Content-Length that is right is no number any more.
 */
export function understood(response: string): string {
  const end = response.indexOf("\r\n\r\n");
  const [status = "", ...lines] = response.slice(0, end).split("\r\n");
  const sent = response.slice(end + 4);
  const has = (line: RegExp) => lines.some((each) => line.test(each));
  const whole =
    has(/^transfer-encoding: chunked$/i) && sent !== ""
      ? withoutChunks(sent)
      : sent;
  const headers = lines
    .filter((line) => !/^(connection|transfer-encoding):/i.test(line))
    .map((line) =>
      line.replace(/(?<=^content-length: )(\d+)$/i, (length) =>
        sent === "" || Number(length) === sent.length ? "<right>" : length,
      ),
    )
    .sort();
  const bytes = Buffer.from(whole, "latin1");
  let body = bytes;
  if (bytes.length > 0) {
    if (has(/^content-encoding: gzip$/i)) body = gunzipSync(bytes);
    if (has(/^content-encoding: deflate$/i)) body = inflateSync(bytes);
    if (has(/^content-encoding: br$/i)) body = brotliDecompressSync(bytes);
  }
  return [status, ...headers, "", body.toString("latin1")].join("\r\n");
}

function withoutChunks(body: string): string {
  let whole = "";
  for (let at = 0; ;) {
    const end = body.indexOf("\r\n", at);
    const size = parseInt(body.slice(at, end), 16);
    if (!(size > 0)) return whole;
    whole += body.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
