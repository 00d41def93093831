import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { noSuchPath, unreadableFile } from "../errors.js";
import type { Input } from "../streams.js";

/** A file of objects, or what came by the standard input. */
export interface Source {
  name: string;
  text: string;
}

/** Which files of a folder have objects. */
const MANIFEST = /\.(ya?ml|json)$/;

/**
 * Reads what `-f` names: files, folders (without their folders, unless
 * `recursive`), and "-", the standard input.
 */
export async function readSources(
  stdin: Input,
  paths: string[],
  recursive: boolean,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    if (path === "-") {
      sources.push({ name: "STDIN", text: await text(stdin) });
      continue;
    }
    for (const file of await filesOf(path, recursive)) {
      const content = await readFile(file, "utf8").catch((cause: unknown) => {
        throw unreadableFile(file, cause);
      });
      sources.push({ name: file, text: content });
    }
  }
  return sources;
}

/** The file itself, or the files of a folder, by name. */
async function filesOf(path: string, recursive: boolean): Promise<string[]> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ENOENT"
      ? noSuchPath(path)
      : unreadableFile(path, cause);
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = join(path, entry.name);
    const isFolder = (await stat(at)).isDirectory();
    if (isFolder && recursive) files.push(...(await filesOf(at, true)));
    if (!isFolder && MANIFEST.test(entry.name)) files.push(at);
  }
  return files;
}
