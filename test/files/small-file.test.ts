import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findRealPath } from "../../src/files/real-path.ts";
import { readSmallFile, readSmallText, readSmallTextIfAny } from "../../src/files/small-file.ts";

describe("reading small files", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "small-file-"));
    writeFileSync(at("text"), "a ünïcode text\n");
    writeFileSync(at("sparse"), "");
    truncateSync(at("sparse"), 3_000_000_000);
    execFileSync("mkfifo", [at("fifo")]);
    symlinkSync("text", at("link"));
    symlinkSync("fifo", at("link-to-fifo"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a regular file and a link to one are read whole", () => {
    expect(readSmallText(at("text"))).toBe("a ünïcode text\n");
    expect(readSmallText(at("link"))).toBe("a ünïcode text\n");
    writeFileSync(at("long"), Buffer.alloc(1_000_000, 7));
    expect(readSmallFile(at("long"))).toHaveLength(1_000_000);
  });

  test("a file of /proc, whose size is 0, is read whole", () => {
    if (process.platform === "linux") expect(readSmallText("/proc/self/stat")).toContain(String(process.pid));
  });

  test.each([
    ["fifo", "ENOTREG"],
    ["link-to-fifo", "ENOTREG"],
    [".", "ENOTREG"],
    ["/dev/zero", "ENOTREG"],
    ["sparse", "EFBIG"],
    ["missing", "ENOENT"],
  ])("%s is refused at once with %s", (name, code) => {
    const path = name.startsWith("/") ? name : at(name);
    expect(() => readSmallFile(path)).toThrow(expect.objectContaining({ code }));
    expect(readSmallTextIfAny(path)).toBeUndefined();
  });

  test("a limit of its own", () => {
    writeFileSync(at("ten"), "0123456789");
    expect(readSmallText(at("ten"), 10)).toBe("0123456789");
    expect(() => readSmallText(at("ten"), 9)).toThrow("larger than 9 bytes");
  });

  test("a real path, or undefined where there is none", () => {
    expect(findRealPath(at("link"))).toBe(findRealPath(at("text")));
    expect(findRealPath(at("missing"))).toBeUndefined();
  });
});
