/** `shop-x7k2p`: the target's name and five characters that are not taken. */
export function generateName(target: string, taken: string[]): string {
  const base = sessionBase(target);
  for (;;) {
    const suffix = Math.random().toString(36).slice(2, 7).padEnd(5, "0");
    const name = `${base}-${suffix}`;
    if (!taken.includes(name)) return name;
  }
}

/** A target's name as the beginning of a session's. */
export function sessionBase(target: string): string {
  const base = target
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 30)
    .replace(/-+$/, "");
  // A word that every object has would be found where it is looked up as a name.
  return base && !(base in {}) ? base : "session";
}
