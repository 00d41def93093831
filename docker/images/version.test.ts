import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the sidecar image is labelled with the package's version", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as {
    version: string;
  };
  const dockerfile = readFileSync("docker/images/sidecar/Dockerfile", "utf8");
  expect(dockerfile).toContain(`sidestep.version=${version}\n`);
});
