/**
 * What a pattern is made of, in its order. `segments` is `**` before a slash:
 * any text, and after a slash also nothing, together with the slash behind it.
 */
type Token =
  | { kind: "char"; char: string }
  | { kind: "star" }
  | { kind: "any" }
  | { kind: "segments" };

/** Beyond so many pairs of places the answer is "maybe" instead of a long search. */
const MOST_PAIRS = 1_000_000;

/** Stands for whatever a star may stand for, in a text that is made up. */
const FILLER = "x";

/**
 * The answer to whether some text is matched by two patterns: no, or maybe.
 * `text` is the shortest one that both match, where it was looked for.
 */
export type Common = { possible: false } | { possible: true; text?: string };

/** Whether a path can be matched by both globs, as `matchesPath` reads them. */
export function commonPath(a: string, b: string): Common {
  return common(tokensOf(a), tokensOf(b));
}

/** Whether a value can be matched by both patterns, as `matchesValue` reads them. */
export function commonValue(a: string, b: string): Common {
  const tokens = (text: string) => tokensOf(text.replace(/\*+/g, "**"));
  return common(tokens(a), tokens(b));
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const rest = pattern.slice(i, i + 3);
    if (rest === "**/") {
      tokens.push({ kind: "segments" });
      i += 2;
    } else if (rest.startsWith("**")) {
      tokens.push({ kind: "any" });
      i += 1;
    } else if (rest.startsWith("*")) tokens.push({ kind: "star" });
    else tokens.push({ kind: "char", char: pattern[i]! });
  }
  return tokens;
}

/** How far both patterns are, after a text whose last character was a slash or not. */
interface Place {
  a: number;
  b: number;
  slash: boolean;
  /** The text that leads here is that of `from`, and this behind it. */
  from: Place | undefined;
  char: string;
}

/**
 * Walks both patterns at once, over all texts, the shorter ones first. No place
 * is visited twice, so it takes at most as many steps as there are places.
 */
function common(a: Token[], b: Token[]): Common {
  if (a.length * b.length > MOST_PAIRS) return { possible: true };
  const seen = new Set<number>();
  let now: Place[] = [];
  let next: Place[] = [];
  const visit = (place: Place, to: Place[]) => {
    const { a: i, b: j, slash } = place;
    const key = (i * (b.length + 1) + j) * 2 + (slash ? 1 : 0);
    if (seen.has(key)) return;
    seen.add(key);
    to.push(place);
  };
  visit({ a: 0, b: 0, slash: false, from: undefined, char: "" }, now);
  while (now.length > 0) {
    // It grows while it is walked: what costs no character belongs to it too.
    for (const place of now) {
      const { a: i, b: j, slash } = place;
      if (i === a.length && j === b.length)
        return { possible: true, text: textOf(place) };
      const stay = { slash, from: place, char: "" };
      if (mayEnd(a[i], slash)) visit({ ...stay, a: i + 1, b: j }, now);
      if (mayEnd(b[j], slash)) visit({ ...stay, a: i, b: j + 1 }, now);
      for (const char of charsAt(a[i], b[j])) {
        const to = { slash: char === "/", from: place, char };
        const both = [after(a, i, char), after(b, j, char)];
        const [x, y] = both;
        if (x === undefined || y === undefined) continue;
        visit({ ...to, a: x, b: y }, next);
      }
    }
    [now, next] = [next, []];
  }
  return { possible: false };
}

/** Whether a token can be left without a character. */
function mayEnd(token: Token | undefined, slash: boolean): boolean {
  switch (token?.kind) {
    case "star":
    case "any":
      return true;
    case "segments":
      return slash;
    default:
      return false;
  }
}

/** The characters worth a try: what either wants, else any. */
function charsAt(a: Token | undefined, b: Token | undefined): string[] {
  if (a?.kind === "char") return [a.char];
  if (b?.kind === "char") return [b.char];
  return [FILLER, "/"];
}

/** Where a pattern is after one more character; undefined where that does not match. */
function after(tokens: Token[], at: number, char: string): number | undefined {
  const token = tokens[at];
  switch (token?.kind) {
    case "char":
      return token.char === char ? at + 1 : undefined;
    case "star":
      return char === "/" ? undefined : at;
    case "any":
    case "segments":
      return at;
    default:
      return undefined;
  }
}

function textOf(place: Place): string {
  const chars: string[] = [];
  for (let at: Place | undefined = place; at; at = at.from) chars.push(at.char);
  return chars.reverse().join("");
}
