import type { Writable } from "node:stream";
import type { FoundSidecar } from "../docker/engine/find-sidecars.js";

const warned = new Set<string>();

/** Says once that a sidecar is of another version than this command. */
export function warnOfVersion(
  { name, version }: Pick<FoundSidecar, "name" | "version">,
  own: string,
  err: Writable,
): void {
  if (version === own || warned.has(name)) return;
  warned.add(name);
  err.write(
    `warning: the sidecar "${name}" is of version ${version}, this command of version ${own}\n` +
      `what one of them does not know yet fails: its own is docker exec -it ${name} sidestep\n`,
  );
}
