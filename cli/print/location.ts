import type { Pause } from "../../sidecar/schema/pause.js";

/** Where a thread is paused, with the app's full path: `/app/shop/views.py:42`. */
export function location({ status }: Pause): string {
  return `${status.location.file}:${status.location.line}`;
}

/** Where a thread is paused, short enough for a table: `shop/views.py:42`. */
export function shortLocation({ status }: Pause): string {
  return shortLine(status.location);
}

/** A line of a file by the end of its path: `shop/views.py:42`. */
export function shortLine({ file, line }: { file: string; line: number }) {
  const short = file.split("/").slice(-2).join("/");
  return `${short.replace(/^\//, "")}:${line}`;
}
