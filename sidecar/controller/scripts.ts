import { posix } from "node:path";
import type { Readable } from "node:stream";
import { extract } from "tar-stream";
import type { Engine, Inspect } from "../../docker/engine/engine.js";
import type { SessionSpec } from "../schema/index.js";
import { inlineScript } from "./hazards.js";
import { withoutWrappers, type Script } from "./shell-text.js";

/** At most so many scripts are read, so large, and so far from the first. */
const MAX_SCRIPTS = 8;
const MAX_BYTES = 64 * 1024;
const MAX_LINKS = 4;

const SHELL = /^#!.*\b(?:ba|da|a|k|z)?sh\b/;
const USUAL_PATH =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The shell scripts that a container's command runs, and those that they name:
 * read through the Engine, nothing is run. What cannot be read is left out.
 */
export async function readScripts(
  engine: Pick<Engine, "readArchive">,
  inspect: Inspect,
  words: string[],
): Promise<Script[]> {
  const scripts: Script[] = [];
  const seen = new Set<string>();
  const inline = inlineScript(words);
  const names =
    inline === undefined ? scriptsOfWords(words) : namedScripts(inline);
  for (let name = names.shift(); name; name = names.shift()) {
    for (const path of places(name, inspect)) {
      if (seen.has(path) || seen.size >= MAX_SCRIPTS * 8) continue;
      seen.add(path);
      const text = await readFile(engine, inspect.Id, path);
      if (text === undefined) continue;
      if (!SHELL.test(text) && !path.endsWith(".sh")) break;
      scripts.push({ path, text });
      if (scripts.length >= MAX_SCRIPTS) return scripts;
      names.push(...namedScripts(text));
      break;
    }
  }
  return scripts;
}

/** The words that the replica of a container runs. */
export function commandOf({ Config }: Inspect, spec: SessionSpec): string[] {
  return spec.command ?? [...(Config.Entrypoint ?? []), ...(Config.Cmd ?? [])];
}

/** Words of a command that may be scripts: those before the app's own command. */
function scriptsOfWords(words: string[]): string[] {
  const own = withoutWrappers(words.join(" ")).split(" ")[0];
  const before = words.slice(0, words.indexOf(own ?? "") + 1);
  return before.filter((word) => /^[\w./@-]+$/.test(word) && !/^-/.test(word));
}

/** The scripts that the text of one runs or reads. */
function namedScripts(text: string): string[] {
  const code = text.replaceAll(/(^|\s)#.*$/gm, "");
  const named = code.matchAll(
    /(?:^|[\s;&|("'])((?:[\w./@-]*\/)?[\w.-]+\.sh)\b|(?:^|[\s;&|])(?:source|\.|exec)\s+((?:\.?\/)[\w./-]+)/gm,
  );
  return [...named].map(([, script, file]) => script ?? file ?? "");
}

/** Where the container finds what it is told to run. */
function places(name: string, { Config }: Inspect): string[] {
  const folder = Config["WorkingDir"];
  const here = posix.resolve(
    "/",
    typeof folder === "string" ? folder : "",
    name,
  );
  if (name.includes("/")) return [here];
  const entry = Config.Env?.find((each) => each.startsWith("PATH="));
  const path = entry?.slice("PATH=".length) ?? USUAL_PATH;
  const folders = path.split(":").filter((each) => each.startsWith("/"));
  return [...folders.map((each) => posix.join(each, name)), here];
}

/** A text file of a container; undefined if it is none, or cannot be read. */
async function readFile(
  engine: Pick<Engine, "readArchive">,
  id: string,
  path: string,
): Promise<string | undefined> {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const tar = await engine.readArchive(id, at).catch(() => undefined);
    const entry = tar && (await firstEntry(tar));
    if (typeof entry !== "object") return entry;
    at = posix.resolve(posix.dirname(at), entry.link);
  }
  return undefined;
}

/** The text of a tar's first file, or where it links to; undefined for anything else. */
function firstEntry(
  tar: Readable,
): Promise<string | { link: string } | undefined> {
  return new Promise((resolve) => {
    const entries = extract();
    const done = (value: string | { link: string } | undefined) => {
      resolve(value);
      tar.destroy();
      entries.destroy();
    };
    entries.on("entry", (header, content) => {
      if (header.type === "symlink" && header.linkname) {
        return done({ link: header.linkname });
      }
      if (header.type !== "file" || (header.size ?? 0) > MAX_BYTES) {
        return done(undefined);
      }
      const chunks: Buffer[] = [];
      content.on("data", (chunk: Buffer) => chunks.push(chunk));
      content.on("end", () => done(Buffer.concat(chunks).toString("utf8")));
    });
    for (const stream of [tar, entries]) {
      stream.on("error", () => done(undefined));
      stream.on("close", () => done(undefined));
    }
    tar.pipe(entries);
  });
}
