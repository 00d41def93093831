import { createWriteStream } from "node:fs";
import {
  chmod,
  link,
  lstat,
  mkdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
} from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Headers } from "tar-stream";

/** Of an entry's mode: never the bits that give somebody else's rights. */
const PERMISSIONS = 0o777;

/**
 * Unpacks a tar of one file or folder to a path. A file is there as a whole or
 * not at all: it is written under another name first. Links come last, so that
 * nothing is written through one, and only those that lead to within.
 * @param warn told what was left out, and why
 */
export async function unpack(
  tar: Readable,
  to: string,
  warn: (text: string) => void,
): Promise<void> {
  const root = resolve(to);
  const over = new AbortController();
  const later: (() => Promise<void>)[] = [];
  const folders: (() => Promise<void>)[] = [];
  const entry = async (header: Headers, content: Readable) => {
    const path = within(root, header.name);
    if (path === undefined) {
      warn(`left out: ${header.name}: it is not within what is copied`);
    } else if (header.type === "directory") {
      await mkdir(path, { recursive: true });
      folders.push(() => keep(path, header));
    } else if (header.type === "file" || header.type === "contiguous-file") {
      await mkdir(dirname(path), { recursive: true });
      if (path === root && (await isSpecial(path))) {
        await pipeline(content, createWriteStream(path));
      } else await writeWhole(path, header, content, over.signal);
    } else if (header.type === "symlink" || header.type === "link") {
      later.push(() => makeLink(root, path, header, warn));
    } else {
      warn(`left out: ${header.name}: a ${header.type ?? "special file"}`);
    }
    content.resume();
  };
  const unpacker = extract();
  let current = Promise.resolve();
  unpacker.on("entry", (header, content, next) => {
    current = entry(header, content);
    current.then(
      () => next(),
      (error: Error) => unpacker.destroy(error),
    );
  });
  try {
    await pipeline(tar, unpacker);
  } catch (error) {
    // Its half file is to be gone before the failure is told.
    over.abort();
    await current.catch(() => undefined);
    throw error;
  }
  for (const make of later) await make();
  // The innermost first: one that is read-only takes no more files.
  for (const finish of folders.reverse()) await finish();
}

/** Where an entry belongs; its first name is that of what is copied. */
function within(root: string, name: string): string | undefined {
  const [, ...rest] = name
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  return rest.includes("..") ? undefined : join(root, ...rest);
}

/** A device or a pipe is written to, as everybody does: put in its place, a file would be the end of it. */
async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function writeWhole(
  path: string,
  header: Headers,
  content: Readable,
  over: AbortSignal,
): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw Object.assign(new Error("there is a folder of that name"), { path });
  }
  // What was closed before it is read never ends.
  over.throwIfAborted();
  const fresh = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await pipeline(content, createWriteStream(fresh, { mode: 0o600 }));
    await keep(fresh, header);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw Object.assign(error as Error, { path });
  }
}

async function keep(path: string, { mode, mtime }: Headers): Promise<void> {
  if (mtime) await utimes(path, mtime, mtime);
  if (mode !== undefined) await chmod(path, mode & PERMISSIONS);
}

async function makeLink(
  root: string,
  path: string,
  { name, type, linkname }: Headers,
  warn: (text: string) => void,
): Promise<void> {
  const to = linkname ?? "";
  // A hard link names another entry, a symbolic one what is beside it.
  const target =
    type === "link" ? within(root, to) : resolve(dirname(path), to);
  if (target === undefined || relative(root, target).startsWith("..")) {
    warn(
      `left out: ${name}: a link to ${to}, which is not within what is copied`,
    );
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await (type === "link" ? link(target, path) : symlink(to, path));
}
