import { main } from "../main.js";

/**
 * The real command as a process of its own, with one sidecar that needs no
 * Engine to be found: TEST_SIDECAR_URL and TEST_SIDECAR_TOKEN.
 * SIGUSR2 makes it throw where nobody catches.
 */
process.on("SIGUSR2", () => {
  throw new Error("a bug of ours");
});

await main(async () => ({
  find: async () => [
    {
      name: "demo-sidestep-1",
      url: process.env.TEST_SIDECAR_URL,
      token: async () => process.env.TEST_SIDECAR_TOKEN ?? "",
      tunnel: () => Promise.reject(new Error("there is no Engine here")),
      version: "0.1.0",
      state: "running",
      places: [],
    },
  ],
}));
