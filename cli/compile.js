// Writes what V8 has compiled of the bundled command once it has run, against a
// server that stands in for a sidecar: code that did not run is not in it.
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { codeOf, load } from "../bin/load.js";

const MAIN = resolve("dist/cli/main.cjs");
const { exports, script } = load(MAIN);
const TOKEN = "token";
const sidecar = createServer(({ url }, response) => {
  const nonce = new URL(url, "http://sidecar").searchParams.get("nonce");
  const proof = createHmac("sha256", TOKEN)
    .update(`sidestep identity ${nonce}`)
    .digest("hex");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(nonce ? { proof } : { items: [] }));
});
sidecar.listen(0, "127.0.0.1", () => {
  process.argv = ["node", "sidestep", "get", "sessions"];
  process.env.SIDESTEP_TRANSPORT = "auto";
  process.on("exit", () => {
    writeFileSync(codeOf(MAIN), script.createCachedData());
  });
  const found = {
    name: "sidestep",
    url: `http://127.0.0.1:${sidecar.address().port}`,
    places: [],
    version: "unknown",
    state: "running",
    token: async () => TOKEN,
  };
  void exports.main(async () => ({ find: async () => [found] }));
});
