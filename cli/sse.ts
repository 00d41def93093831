/** One message of a stream of server-sent events. */
export interface ServerEvent {
  data: string;
  /** The last id that was told: from here a later stream can go on. */
  id: string | undefined;
}

/**
 * Reads a stream of server-sent events, however its bytes are cut, as the HTML
 * standard says: comments and unknown fields are left out, and so is a message
 * that has not come to its end.
 */
export async function* parseServerEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent> {
  let id: string | undefined;
  let data: string[] = [];
  for await (const line of splitLines(chunks)) {
    if (line === "") {
      if (data.length > 0) yield { data: data.join("\n"), id };
      data = [];
      continue;
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (field === "id" && !value.includes("\0")) id = value;
  }
}

/** Lines, which end with CR, LF or both. */
async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(); // drops a byte order mark, too
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be the first half of a CRLF.
    const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
    const lines = whole.split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? "") + rest.slice(whole.length);
    yield* lines;
  }
}
