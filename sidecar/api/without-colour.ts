/** Longer ones are no colours. */
const LONGEST = 32;

/**
 * Takes colours (and bold, underlined, …) out of a terminal's bytes, which come
 * in pieces of any size: for viewers that cannot or do not want to show them.
 */
export function withoutColour(): (data: Buffer) => Buffer {
  let begun = "";
  return (data) => {
    const text = begun + data.toString("latin1");
    const cut = unfinished(text);
    begun = text.slice(cut);

    const plain = text.slice(0, cut).replaceAll(/\x1b\[[\d;:]*m/g, "");
    return Buffer.from(plain, "latin1");
  };
}

/** Where the sequence begins that the next piece may end. */
function unfinished(text: string): number {
  const start = text.lastIndexOf("\x1b");
  const tail = text.slice(start);

  const open = start >= 0 && /^\x1b(\[[\d;:]*)?$/.test(tail);
  return open && tail.length <= LONGEST ? start : text.length;
}
