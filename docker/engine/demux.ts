import { Transform } from "node:stream";

const HEADER = 8;

/**
 * Takes the Engine's frames apart (8 bytes of header: stream, 0, 0, 0, length)
 * and passes on the payloads of stdout and stderr, with back-pressure and in
 * constant stack, however tiny the frames are.
 *
 * Source: Docker Engine API, "Attach to a container", stream format.
 */
export function demux(): Transform {
  let header = Buffer.alloc(0);
  let left = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let at = 0;
      while (at < chunk.length) {
        if (left === 0) {
          const need = HEADER - header.length;
          header = Buffer.concat([header, chunk.subarray(at, at + need)]);
          at = Math.min(chunk.length, at + need);
          if (header.length < HEADER) break;
          left = header.readUInt32BE(4);
          header = Buffer.alloc(0);
          continue;
        }
        const piece = chunk.subarray(at, at + left);
        this.push(piece);
        at += piece.length;
        left -= piece.length;
      }
      done();
    },
  });
}
