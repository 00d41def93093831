const ESCAPED: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "0": "\0",
};

/** The text of a quoted one, with its escapes resolved: `"\t"` is a tab. */
export function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(
      /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([\s\S]))/g,
      (_, hex?: string, unicode?: string, char = "") => {
        const code = hex ?? unicode;
        return code === undefined
          ? (ESCAPED[String(char)] ?? keep(String(char)))
          : String.fromCharCode(parseInt(code, 16));
      },
    );
}

/** A quote or a backslash stands for itself; in a key, `\.` has a meaning of its own. */
function keep(char: string): string {
  return char === "." ? "\\." : char;
}
