import { Transform } from "node:stream";

const HEADER = 8;
const STDERR = 2;

/** A piece of what a process wrote; a frame may come in several. */
export interface Piece {
  /** 1: stdout, 2: stderr. */
  stream: number;
  data: Buffer;
}

/**
 * Takes the Engine's frames apart (8 bytes of header: stream, 0, 0, 0, length)
 * and passes on the payloads of stdout and stderr, with back-pressure and in
 * constant stack, however tiny the frames are.
 * @param onStderr takes stderr's payloads, so that they are not passed on
 *
 * Source: Docker Engine API, "Attach to a container", stream format.
 */
export function demux(onStderr?: (bytes: Buffer) => void): Transform {
  const split = splitter();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      split(chunk, ({ stream, data }) => {
        if (stream === STDERR && onStderr) onStderr(data);
        else this.push(data);
      });
      done();
    },
  });
}

/** The same, each `Piece` with the stream that it belongs to. */
export function pieces(): Transform {
  const split = splitter();
  return new Transform({
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      split(chunk, (piece) => this.push(piece));
      done();
    },
  });
}

function splitter(): (chunk: Buffer, push: (piece: Piece) => void) => void {
  let header = Buffer.alloc(0);
  let stream = 1;
  let left = 0;
  return (chunk, push) => {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const need = HEADER - header.length;
        header = Buffer.concat([header, chunk.subarray(at, at + need)]);
        at = Math.min(chunk.length, at + need);
        if (header.length < HEADER) break;
        stream = header.readUInt8(0);
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const data = chunk.subarray(at, at + left);
      push({ stream, data });
      at += data.length;
      left -= data.length;
    }
  };
}
