import { Writable } from "node:stream";
import { pino, type Logger } from "pino";
import { build } from "pino-pretty";
import { printable, printableText } from "./schema/index.js";

/**
 * The sidecar's log, on stdout: lines for people, or JSON for programs. What a
 * replica tells is logged too: it can neither steer the terminal of who reads
 * it, nor look like another line.
 */
export function createLogger(
  level: string,
  format: "text" | "json",
  out: NodeJS.WritableStream = process.stdout,
): Logger {
  const destination = new Writable({
    decodeStrings: false,
    write: (text: string | Buffer, _encoding, done) => {
      out.write(printableText(text.toString()));
      done();
    },
  });
  if (format === "json") return pino({ level }, destination);
  const pretty = build({
    sync: true,
    colorize: false,
    singleLine: true,
    ignore: "pid,hostname",
    translateTime: "SYS:HH:MM:ss",
    messageFormat: ({ msg }) => printable(typeof msg === "string" ? msg : ""),
    destination,
  });
  return pino({ level }, pretty);
}
