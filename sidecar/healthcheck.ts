import { readFileSync } from "node:fs";
import { API_PORT, type List, type Session } from "./schema/index.js";

/**
 * The container's health check: green when the API answers and every session
 * is Ready (or Paused, which a session that works well comes to).
 */
const file = process.env["SIDESTEP_TOKEN_FILE"] || "/var/lib/sidestep/token";
const response = await fetch(`http://127.0.0.1:${API_PORT}/v1/sessions`, {
  headers: { authorization: `Bearer ${readFileSync(file, "utf8").trim()}` },
});
if (!response.ok) throw new Error(`the API answered ${response.status}`);
const { items } = (await response.json()) as List<Session>;
const waiting = items.filter(
  ({ status }) => status.phase !== "Ready" && status.phase !== "Paused",
);
for (const { metadata, status } of waiting) {
  const why = status.conditions.find((c) => c.type === "Ready")?.message;
  console.log(`session ${metadata.name} is ${status.phase}: ${why ?? ""}`);
}
process.exitCode = waiting.length === 0 ? 0 : 1;
