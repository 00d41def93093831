// Asks the API ten times a second and says how long each answer took, in a process of
// its own: what the viewers are busy with is not to be counted as the API's time.
import { get } from "../e2e/support/http.js";

const EVERY_MS = 100;

const [url = "", token = ""] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };
const ask = async () => {
  const begin = performance.now();
  const { status } = await get(url, headers).catch(() => ({ status: 0 }));
  const took = status === 200 ? performance.now() - begin : Infinity;
  // Not as JSON, which has no Infinity.
  process.send?.(String(took));
};
const asks: Promise<void>[] = [];
const timer = setInterval(() => asks.push(ask()), EVERY_MS);
process.on("message", () => {
  clearInterval(timer);
  void Promise.all(asks).then(() => process.disconnect());
});
