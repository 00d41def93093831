import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileOfTar } from "./tar.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sidestep-tar-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const tarOf = (content: string, name: string, format: string): string => {
  writeFileSync(join(folder, name), content);
  return execFileSync("tar", [
    "-cf",
    "-",
    `--format=${format}`,
    "-C",
    folder,
    name,
  ]).toString();
};

test.each(["ustar", "gnu", "pax"])("reads a tar of format %s", (format) => {
  expect(fileOfTar(tarOf("s3cret\n", "token", format))).toBe("s3cret\n");
});

test.each(["gnu", "pax"])(
  "skips the headers of a long name in %s",
  (format) => {
    const name = "t".repeat(200);
    expect(fileOfTar(tarOf("s3cret", name, format))).toBe("s3cret");
  },
);

test.each([0, 1, 511, 512, 513, 5_000])("a file of %d bytes", (size) => {
  const content = "x".repeat(size);
  expect(fileOfTar(tarOf(content, "token", "ustar"))).toBe(content);
});

test.each([
  ["nothing", ""],
  ["half a header", "token\0"],
  ["an empty tar", "\0".repeat(1024)],
  ["something else", "<html>".repeat(200)],
])("%s has no file", (_, tar) => {
  expect(fileOfTar(tar)).toBe("");
});
