import { MAX_HEAD, Malformed, type Framing } from "./frame.js";

const CR = 13;
const LF = 10;
const COLON = 58;
const SEMICOLON = 59;

/** Where in a chunked body the next byte is. */
enum At {
  SizeStart,
  Size,
  Extension,
  SizeLf,
  Data,
  DataCr,
  DataLf,
  LineStart,
  TrailerName,
  TrailerValue,
  TrailerLf,
  LastLf,
}

/** Follows one message's body through the bytes of a connection and tells where it ends. */
export class BodyScanner {
  done: boolean;
  malformed: Malformed | undefined;
  private remaining = 0;
  private at = At.SizeStart;
  private digits = 0;
  /** Bytes of chunk extensions and trailers so far, which are bounded as a head is. */
  private overhead = 0;

  constructor(private readonly framing: Framing) {
    this.done = framing.kind === "none";
    if (framing.kind === "length") this.remaining = framing.length;
  }

  /** How many of these bytes belong to the body; fewer than all only when it is done or malformed. */
  scan(bytes: Buffer): number {
    switch (this.framing.kind) {
      case "none":
        return 0;
      case "close":
        return bytes.length;
      case "length": {
        const taken = Math.min(this.remaining, bytes.length);
        this.remaining -= taken;
        this.done = this.remaining === 0;
        return taken;
      }
      case "chunked":
        return this.scanChunked(bytes);
    }
  }

  private scanChunked(bytes: Buffer): number {
    let i = 0;
    while (i < bytes.length && !this.done && !this.malformed) {
      if (this.at === At.Data) {
        const taken = Math.min(this.remaining, bytes.length - i);
        this.remaining -= taken;
        i += taken;
        if (this.remaining === 0) this.at = At.DataCr;
      } else {
        this.step(bytes[i]!);
        if (!this.malformed) i++;
      }
    }
    return i;
  }

  private step(byte: number): void {
    switch (this.at) {
      case At.SizeStart:
      case At.Size: {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          // 13 hexadecimal digits are what a number holds exactly.
          if (++this.digits > 13) return this.fail("a chunk size too large");
          this.remaining = this.remaining * 16 + digit;
          this.at = At.Size;
        } else if (this.at === At.SizeStart)
          this.fail("a chunk without a size");
        else if (byte === CR) this.at = At.SizeLf;
        else if (byte === SEMICOLON) this.at = At.Extension;
        else this.fail("an odd chunk size");
        return;
      }
      case At.Extension:
        if (byte === CR) this.at = At.SizeLf;
        else this.text(byte, "a chunk extension");
        return;
      case At.SizeLf:
        if (byte !== LF) return this.fail("a carriage return in a chunk size");
        this.digits = 0;
        this.at = this.remaining === 0 ? At.LineStart : At.Data;
        return;
      case At.DataCr:
        if (byte !== CR) return this.fail("a chunk longer than its size");
        this.at = At.DataLf;
        return;
      case At.DataLf:
        if (byte !== LF) return this.fail("a chunk longer than its size");
        this.at = At.SizeStart;
        return;
      case At.LineStart:
        if (byte === CR) this.at = At.LastLf;
        else if (isToken(byte)) this.at = At.TrailerName;
        else this.fail("an odd trailer");
        return;
      case At.TrailerName:
        if (byte === COLON) this.at = At.TrailerValue;
        else if (!isToken(byte)) this.fail("an odd trailer");
        else this.text(byte, "a trailer");
        return;
      case At.TrailerValue:
        if (byte === CR) this.at = At.TrailerLf;
        else this.text(byte, "a trailer");
        return;
      case At.TrailerLf:
        if (byte !== LF) return this.fail("a carriage return in a trailer");
        this.at = At.LineStart;
        return;
      case At.LastLf:
        if (byte !== LF) return this.fail("an odd end of the chunks");
        this.done = true;
        return;
    }
  }

  private text(byte: number, where: string): void {
    if ((byte < 32 && byte !== 9) || byte === 127)
      this.fail(`a control character in ${where}`);
    else if (++this.overhead > MAX_HEAD)
      this.fail(`${where} of more than ${MAX_HEAD / 1024} KiB`);
  }

  private fail(reason: string): void {
    this.malformed = new Malformed(reason);
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function isToken(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    ((byte | 32) >= 97 && (byte | 32) <= 122) ||
    "!#$%&'*+-.^_`|~".includes(String.fromCharCode(byte))
  );
}
