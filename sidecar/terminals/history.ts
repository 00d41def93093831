/** So much of what was typed is kept, in lines and in bytes of JSON: it has to go into one message. */
const MOST_LINES = 500;
const MOST_BYTES = 32 * 1024;

/** What was typed at the prompts of each session, whichever process asked. */
export interface Histories {
  /** The oldest first. */
  of(session: string): string[];
  add(session: string, line: string): void;
  forget(session: string): void;
}

/** Histories in memory: they end with the sidecar, or with their session. */
export function createHistories(): Histories {
  const all = new Map<string, string[]>();
  return {
    of: (session) => [...(all.get(session) ?? [])],
    add: (session, line) => {
      const lines = all.get(session) ?? [];
      if (line.trim() === "" || lines.at(-1) === line) return;
      lines.push(line);
      let bytes = lines.reduce((sum, each) => sum + sizeOf(each), 0);
      while (lines.length > MOST_LINES || bytes > MOST_BYTES) {
        bytes -= sizeOf(lines.shift() ?? "");
      }
      all.set(session, lines);
    },
    forget: (session) => void all.delete(session),
  };
}

const sizeOf = (line: string): number =>
  Buffer.byteLength(JSON.stringify(line));
