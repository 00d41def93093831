import { readFileSync } from "node:fs";

/** The version of this package, which is the client's. */
export function packageVersion(): string {
  // From the sources the manifest is one folder up, from the build two.
  for (const place of ["../package.json", "../../package.json"]) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), "utf8");
      const manifest = JSON.parse(text) as { name?: string; version?: string };
      if (manifest.name === "sidestep" && manifest.version) {
        return manifest.version;
      }
    } catch {
      continue;
    }
  }
  return "unknown";
}
