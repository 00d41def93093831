import { createReadStream } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { basename, join, posix, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack, type Headers, type Pack } from "tar-stream";
import { addAbortSignal, PassThrough } from "node:stream";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { isNotFound, noSuchPath } from "../errors.js";
import { copyFailed } from "../replica-errors.js";

/** Copies a file or a folder of this machine into a replica; "-": a tar from the input. */
export async function upload(
  cli: Cli,
  client: Client,
  from: string,
  { session, path }: { session: string; path: string },
  signal: AbortSignal,
): Promise<void> {
  // Of Node's own streams, which the client takes.
  const body = addAbortSignal(signal, new PassThrough());
  if (from === "-") {
    const input = cli.streams.in.pipe(body);
    return client.writeArchive(session, path, input);
  }
  const found = await stat(from).catch(() => undefined);
  if (!found) throw noSuchPath(from);
  const { folder, name } = await place(client, session, path, from);
  const tar = pack();
  let failure: unknown;
  addEntry(tar, from, name, cli).then(
    () => tar.finalize(),
    (error: Error) => {
      failure = error;
      tar.destroy(error);
    },
  );
  tar.on("error", (error) => body.destroy(error));
  tar.pipe(body);
  try {
    await client.writeArchive(session, folder, body);
  } catch (error) {
    tar.destroy();
    throw failure ? copyFailed(from, path, failure) : error;
  }
}

/** Into a folder that there is, else under that very name. */
async function place(
  client: Client,
  session: string,
  path: string,
  from: string,
): Promise<{ folder: string; name: string }> {
  try {
    const found = await client.file(session, path);
    if (found.directory) {
      return { folder: path, name: basename(resolve(from)) };
    }
    if (found.linkTarget) {
      return place(client, session, found.linkTarget, from);
    }
  } catch (error) {
    if (!isNotFound(error) || path.endsWith("/")) throw error;
  }
  return { folder: posix.dirname(path), name: posix.basename(path) };
}

async function addEntry(
  tar: Pack,
  path: string,
  name: string,
  cli: Cli,
  follow = true,
): Promise<void> {
  const { mode, mtime, size, ...found } = follow
    ? await stat(path).then(kinds)
    : await lstat(path).then(kinds);
  const header = { name, mode: mode & 0o7777, mtime };
  if (found.folder) {
    await add(tar, { ...header, type: "directory" });
    for (const child of (await readdir(path)).sort()) {
      await addEntry(tar, join(path, child), `${name}/${child}`, cli, false);
    }
  } else if (found.link) {
    const linkname = await readlink(path);
    await add(tar, { ...header, type: "symlink", linkname });
  } else if (found.file) {
    const entry = tar.entry({ ...header, type: "file", size });
    // One that grows meanwhile is copied up to the size that was told.
    if (size === 0) entry.end();
    else await pipeline(createReadStream(path, { end: size - 1 }), entry);
  } else {
    cli.streams.err.write(`left out: ${path}: not a file, folder or link\n`);
  }
}

const kinds = (found: Awaited<ReturnType<typeof stat>>) => ({
  mode: Number(found.mode),
  mtime: found.mtime,
  size: Number(found.size),
  folder: found.isDirectory(),
  link: found.isSymbolicLink(),
  file: found.isFile(),
});

function add(tar: Pack, header: Headers): Promise<void> {
  return new Promise((done, failed) => {
    tar.entry(header, (error) => (error ? failed(error) : done()));
  });
}
