import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { copyFailed, noSuchFolder } from "../replica-errors.js";
import { printable } from "../../sidecar/schema/printable.js";
import { unpack } from "./unpack.js";

/** Copies a file or a folder of a replica to a path of this machine; "-": a tar to the output. */
export async function download(
  cli: Cli,
  client: Client,
  { session, path }: { session: string; path: string },
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const found = await client.file(session, path);
  // What a link leads to, under the link's name.
  const source = found.linkTarget || path;
  const content = await client.readArchive(session, source, signal);
  const tar = Readable.from(content, { objectMode: false });
  const { out, err } = cli.streams;
  if (to === "-") return pipeline(tar, out, { end: false });
  const destination = await place(to, basename(path) || session);
  try {
    await unpack(tar, destination, (text) => err.write(`${printable(text)}\n`));
  } catch (error) {
    tar.destroy();
    throw copyFailed(path, to, error);
  }
}

/** Into a folder that there is, else under that very name. */
async function place(to: string, name: string): Promise<string> {
  const found = await stat(to).catch(() => undefined);
  if (found?.isDirectory()) return join(to, name);
  if (!found && to.endsWith("/")) throw noSuchFolder(to);
  return to;
}
