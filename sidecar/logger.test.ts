import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLogger } from "./logger.js";

test.each(["text", "json"] as const)(
  "what a replica tells cannot steer the terminal of who reads the log, nor look like a line of ours: %s",
  async (format) => {
    const out = new PassThrough();
    let text = "";
    out.on("data", (data) => (text += String(data)));
    const log = createLogger("info", format, out);
    log.info("paused at \x1b]0;gotcha\x07\u009b2J\n12:00:00 INFO: all is well");
    log.error({ err: new Error("it said \x1b[2J\u009b2J") }, "the API failed");
    await expect.poll(() => text).toContain("the API failed");
    expect(text).toContain("paused at");
    expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    expect(text.split("\n")[0]).toContain("all is well");
  },
);
