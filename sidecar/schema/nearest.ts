/** Beyond this many edits two words are just two words. */
const MAX_EDITS = 3;

/** The known word that is nearest to one that is not, if one is near. */
export function nearest(
  word: string,
  known: readonly string[],
): string | undefined {
  let best: string | undefined;
  let least = Math.min(MAX_EDITS, Math.ceil(word.length / 2)) + 0.5;
  for (const each of known) {
    const edits = distance(word.toLowerCase(), each.toLowerCase());
    if (edits < least) [best, least] = [each, edits];
  }
  return best;
}

/** How many letters must be put in, taken out or changed; two that are swapped count as one. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let edits = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + same,
      );
      if (i > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      }
      next.push(edits);
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
