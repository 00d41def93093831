import { readable, type Peer } from "./peer.js";

/** What a client begins with that knows beforehand that it speaks HTTP/2 (RFC 9113, 3.4). */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** How long each piece of the preface may be on its way, in milliseconds. */
const PATIENCE = 2_000;

/** Whether a connection begins with HTTP/2's preface; what was read is put back. */
export async function beginsHttp2(client: Peer): Promise<boolean> {
  let begin: Buffer = Buffer.alloc(0);
  for (;;) {
    const bytes = client.take();
    begin = Buffer.concat(bytes ? [begin, bytes] : [begin]);
    const size = Math.min(begin.length, PREFACE.length);
    const fits = begin.subarray(0, size).equals(PREFACE.subarray(0, size));
    if (bytes === null || !fits || size === PREFACE.length) {
      client.unread(begin);
      return fits && size === PREFACE.length;
    }
    await readable([client], PATIENCE);
  }
}
