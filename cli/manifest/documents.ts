import {
  isMap,
  isScalar,
  LineCounter,
  parseAllDocuments,
  type Document,
} from "yaml";
import { badYaml, notAnObject } from "./errors.js";
import type { Source } from "./sources.js";

/** One object as it was written, and where. */
export interface Written {
  value: Record<string, unknown>;
  /** `FILE:LINE` of a field, or of what is nearest to it. */
  where: (path: (string | number)[]) => string;
}

/** The objects of a source: of each document, or of the list that it is. JSON is YAML. */
export function documentsOf({ name, text }: Source): Written[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  return [...(documents as Document.Parsed[])].flatMap(
    (document): Written[] => {
      const [error] = document.errors;
      if (error) {
        const { line } = lines.linePos(error.pos[0]);
        throw badYaml(
          `${name}:${line}`,
          error.message.split(" at line ")[0] ?? "",
        );
      }
      const at = (path: (string | number)[]) => {
        const offset = offsetOf(document, path);
        return `${name}:${lines.linePos(offset).line}`;
      };
      const value: unknown = document.toJS();
      if (value === null || value === undefined) return [];
      if (!isObject(value)) throw notAnObject(at([]));
      if (!isList(value)) return [{ value, where: at }];
      return value.items.map((item, index) => {
        const where = (path: (string | number)[]) =>
          at(["items", index, ...path]);
        if (!isObject(item)) throw notAnObject(where([]));
        return { value: item, where };
      });
    },
  );
}

/** Where a field begins, by its key, or what it would be in. */
function offsetOf(
  document: Document.Parsed,
  path: (string | number)[],
): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const pair =
      isMap(parent) &&
      parent.items.find(
        ({ key }) => isScalar(key) && key.value === path[length - 1],
      );
    if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    const node = document.getIn(path.slice(0, length), true);
    const range = (node as { range?: [number, number, number] } | undefined)
      ?.range;
    if (range) return range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(
  value: Record<string, unknown>,
): value is { kind: string; items: unknown[] } {
  const { kind, items } = value;
  return (
    typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)
  );
}
