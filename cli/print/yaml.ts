import { printableText } from "../../sidecar/schema/printable.js";

/** A value as YAML; the library is loaded only here, being slower than the rest together. */
export async function formatYaml(value: unknown): Promise<string> {
  const { Document, visit } = await import("yaml");
  // As plain data: the same array twice shall not become an anchor and an alias.
  const plain: unknown = JSON.parse(JSON.stringify(value));
  const document = new Document(plain);
  visit(document, {
    // Only there may what would steer a terminal be written out.
    Scalar: (_key, scalar) => {
      const { value } = scalar;
      if (typeof value === "string" && value !== printableText(value)) {
        scalar.type = "QUOTE_DOUBLE";
      }
    },
  });
  return printableText(document.toString({ lineWidth: 0 }));
}
