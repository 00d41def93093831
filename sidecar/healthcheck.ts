import { readFileSync } from "node:fs";
import { get } from "node:http";
import { text } from "node:stream/consumers";
// Only this file of the schema: it runs every two seconds and must load fast.
import { API_PORT } from "./schema/constants.js";
import type { List, Session } from "./schema/index.js";

/**
 * The container's health check: green when the API answers and every session
 * is Ready (or Paused, which a session that works well comes to).
 */
const file = process.env["SIDESTEP_TOKEN_FILE"] || "/var/lib/sidestep/token";
const authorization = `Bearer ${readFileSync(file, "utf8").trim()}`;
const url = `http://127.0.0.1:${API_PORT}/v1/sessions`;

get(url, { headers: { authorization } }, (response) => {
  void text(response).then((body) => judge(response.statusCode, body));
}).on("error", (error) => fail(`the API does not answer: ${error.message}`));

function judge(status: number | undefined, body: string): void {
  if (status !== 200) return fail(`the API answered ${status}: ${body}`);
  const { items } = JSON.parse(body) as List<Session>;
  for (const { metadata, status } of items) {
    if (status.phase === "Ready" || status.phase === "Paused") continue;
    const why = status.conditions.find((c) => c.type === "Ready")?.message;
    fail(`session ${metadata.name} is ${status.phase}: ${why ?? ""}`);
  }
}

function fail(message: string): void {
  console.log(message);
  process.exitCode = 1;
}
