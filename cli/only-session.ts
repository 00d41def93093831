import type { Client } from "./client.js";
import { noSessions, severalSessions } from "./session-errors.js";

/** The name of the only session; throws where there is none, or several. `verb` is what to do with it. */
export async function onlySession(
  client: Client,
  verb: string,
): Promise<string> {
  const { items } = await client.sessions();
  const names = items.map(({ metadata }) => metadata.name);
  const [first, ...others] = names;
  if (first === undefined) throw noSessions();
  if (others.length > 0) throw severalSessions(names, verb);
  return first;
}
