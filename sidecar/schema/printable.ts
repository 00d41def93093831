/**
 * The text with control characters written out. What is shown came over the
 * network: a request's path must not be able to steer the user's terminal.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) =>
      character === "\n"
        ? "\\n"
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same for a text of several lines: line ends and tabs stay. */
export function printableText(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part) => (part === "\n" || part === "\t" ? part : printable(part)))
    .join("");
}
