import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { newToken } from "./links/token.js";

/**
 * The API's token: kept in a file which only who may use the Engine can read.
 * A sidecar that is started again, or made anew, keeps the one it had.
 */
export async function apiToken(path: string): Promise<string> {
  const before = await readFile(path, "utf8").catch(() => "");
  if (before.trim().length >= 32) return before.trim();
  const token = newToken();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  return token;
}
