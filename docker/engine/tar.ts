const BLOCK = 512;

/**
 * The content of the first file of a tar, as text (ASCII content: the token is
 * one). Source: POSIX ustar: the size in octal at offset 124, the type at 156;
 * types `x`, `g`, `K` and `L` describe the file that follows them.
 */
export function fileOfTar(tar: string): string {
  let at = 0;
  while (at + BLOCK <= tar.length) {
    const size = Number.parseInt(tar.slice(at + 124, at + 136), 8);
    if (Number.isNaN(size)) return "";
    const content = at + BLOCK;
    if (!"xgKL".includes(tar.charAt(at + 156))) {
      return tar.slice(content, content + size);
    }
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  return "";
}
