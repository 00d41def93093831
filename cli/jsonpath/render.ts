import { printableText } from "../../sidecar/schema/printable.js";
import { evaluate } from "./evaluate.js";
import type { Template } from "./template.js";

/** The text that a template makes of a value; what a path finds is parted by blanks. */
export function render(template: Template, root: unknown): string {
  return template
    .map((part) => {
      switch (part.kind) {
        case "text":
          return part.text;
        case "path":
          return evaluate(part.path, root).map(asText).join(" ");
        case "range":
          return evaluate(part.path, root)
            .map((each) => render(part.body, each))
            .join("");
      }
    })
    .join("");
}

/** A value in a line of text: what has parts as JSON, the rest as it is, but for what would steer a terminal. */
export function asText(value: unknown): string {
  return printableText(
    typeof value === "string" ? value : (JSON.stringify(value) ?? ""),
  );
}
