const BLOCK = 512;

/**
 * The content of the first file of a tar, as text (ASCII content: the token is
 * one). Source: POSIX ustar, the size in octal at offset 124.
 */
export function fileOfTar(tar: string): string {
  const size = Number.parseInt(tar.slice(124, 136), 8);
  return Number.isNaN(size) ? "" : tar.slice(BLOCK, BLOCK + size);
}
