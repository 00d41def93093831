/** Whether a text is matched by a pattern in which `*` stands for anything. */
export function matchesValue(pattern: string, text: string): boolean {
  return matches(pattern.replace(/\*+/g, "**"), text);
}

/** Whether a path is matched by a glob: `*` within a segment, `**` across segments. */
export function matchesPath(pattern: string, path: string): boolean {
  return matches(pattern, path);
}

/**
 * Two-pointer matching that goes back to the last `*`, and from it to the last
 * `**`: no regular expression, so no input makes it explode.
 */
function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star: Retry | undefined;
  let globstar: Retry | undefined;
  for (;;) {
    if (pattern[p] === "*") {
      if (pattern[p + 1] === "*") {
        p += 2;
        // Between slashes, `**` may also stand for no segment at all.
        const optional = pattern[p] === "/" && text[t - 1] === "/";
        globstar = { pattern: optional ? p + 1 : p, text: t, slash: optional };
        if (optional) p += 1;
        star = undefined;
      } else {
        star = { pattern: ++p, text: t, slash: false };
      }
      continue;
    }
    if (t < text.length && p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
      continue;
    }
    if (t === text.length && p === pattern.length) return true;
    if (star && star.text < text.length && text[star.text] !== "/") {
      t = ++star.text;
      p = star.pattern;
      continue;
    }
    star = undefined;
    if (!globstar) return false;
    do {
      if (globstar.text >= text.length) return false;
      globstar.text++;
    } while (globstar.slash && text[globstar.text - 1] !== "/");
    t = globstar.text;
    p = globstar.pattern;
  }
}

interface Retry {
  pattern: number;
  text: number;
  /** Whether only the start of a segment will do. */
  slash: boolean;
}
