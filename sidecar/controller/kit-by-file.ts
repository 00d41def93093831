import { pack } from "tar-stream";
import { EngineError, type Engine } from "../../docker/engine/engine.js";
import { KIT_PATH } from "../schema/index.js";

/** Pythons that the kit can debug: 3.8 to 3.14. */
const MINORS = Array.from({ length: 7 }, (_, index) => 8 + index);
/** The first word of what runs a Python. */
const PYTHON = /(python|pypy|gunicorn|uvicorn|uwsgi|hypercorn|daphne)[^/]*$/;
/** The file's name: sorted late, when the others have made the path. */
const FILE = "zz-sidestep.pth";

/**
 * The folders from which Python reads `.pth` files, whatever its flags (but
 * -S) and its environment, of the Pythons that may run in a container.
 */
export async function findSitePackages(
  engine: Engine,
  id: string,
  path: string,
): Promise<string[]> {
  const commands = (await engine.top(id)).map((line) => line.split(" ")[0]!);
  if (!commands.some((command) => PYTHON.test(command))) return [];
  const folders = siteFolders(path, commands);
  const found = await Promise.all(folders.map((f) => engine.exists(id, f)));
  return folders.filter((_, index) => found[index]);
}

/** Where such folders may be, by PATH and by the programs that run. */
export function siteFolders(path: string, commands: string[]): string[] {
  const programs = [
    ...path.split(":"),
    ...commands.map((command) => command.slice(0, command.lastIndexOf("/"))),
  ];
  const prefixes = programs
    .map((folder) => /^(\/.*)\/bin\/?$/.exec(folder)?.[1])
    .filter((prefix) => prefix !== undefined);
  return [...new Set(prefixes)].flatMap((prefix) => [
    `${prefix}/lib/python3/dist-packages`,
    ...MINORS.flatMap((minor) => [
      `${prefix}/lib/python3.${minor}/site-packages`,
      `${prefix}/lib/python3.${minor}/dist-packages`,
    ]),
  ]);
}

/** Puts a file that loads the kit into these folders of a container that does not run yet. */
export async function putKit(
  engine: Engine,
  id: string,
  folders: string[],
  env: string[],
): Promise<void> {
  for (const folder of folders) {
    const tar = pack();
    tar.entry({ name: FILE, mode: 0o644 }, pthFile(env));
    tar.finalize();
    try {
      await engine.writeArchive(id, folder, tar);
    } catch (error) {
      // An entrypoint may make its virtual environment at each start.
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    }
  }
}

/** One line, which Python executes at its start; it brings the session's variables along. */
export function pthFile(env: string[]): string {
  const ours = env
    .filter((entry) => entry.startsWith("SIDESTEP_"))
    .map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    });
  const path = JSON.stringify(KIT_PATH);
  const given = JSON.stringify(Object.fromEntries(ours));
  return `import sys; sys.path.insert(0, ${path}); __import__("sidestep_pth").load(${given})\n`;
}
