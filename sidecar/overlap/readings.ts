/**
 * A pattern of a header's or cookie's value, and the same in the bytes on the
 * wire: values are read as Latin-1 and as UTF-8, and one may match by each.
 */
export function valueReadings(pattern: string): string[] {
  return /[\x80-\uffff]/.test(pattern)
    ? [pattern, Buffer.from(pattern, "utf8").toString("latin1")]
    : [pattern];
}

/**
 * A glob of paths, and the same with its escapes decoded: a path is looked at
 * as it came and decoded, and one glob may match the one, another the other.
 * Undefined where that cannot be told, because a star may complete an escape.
 */
export function pathReadings(glob: string): string[] | undefined {
  if (!glob.includes("%")) return [glob];
  try {
    const decoded = glob
      .split(/(\*+)/)
      .map((part) => decodeURIComponent(part))
      .join("");
    // What is decoded to a star or a slash is none in the glob.
    return /%2[af]/i.test(glob) ? undefined : [glob, decoded];
  } catch {
    return undefined;
  }
}
