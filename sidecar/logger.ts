import { pino, type Logger } from "pino";
import { build } from "pino-pretty";

/** The sidecar's log, on stdout: lines for people, or JSON for programs. */
export function createLogger(level: string, format: "text" | "json"): Logger {
  if (format === "json") return pino({ level });
  const pretty = build({
    sync: true,
    colorize: false,
    singleLine: true,
    ignore: "pid,hostname",
    translateTime: "SYS:HH:MM:ss",
  });
  return pino({ level }, pretty);
}
