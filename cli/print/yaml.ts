/** A value as YAML; the library is loaded only here, being slower than the rest together. */
export async function formatYaml(value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  // As plain data: the same array twice shall not become an anchor and an alias.
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return stringify(plain, { lineWidth: 0 });
}
