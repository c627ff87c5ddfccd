// Who has a thread open, as far as the kernel's list of locks tells it.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWriterFinder } from "../../../../src/agents/codex/threads/writer-locks.ts";

const ID = "01a2163b-113e-77d2-97f7-a2bb371f7c05";
let codexHome: string;
let path: string;
beforeEach(() => {
  codexHome = mkdtempSync("/var/tmp/codex-bridge-test-");
  mkdirSync(join(codexHome, "thread-writer-locks"));
  path = join(codexHome, "thread-writer-locks", `${ID}.lock`);
});
afterEach(() => rmSync(codexHome, { recursive: true, force: true }));

function find(locks: string | undefined, { isListWhole = true, isLocking = true } = {}): string {
  return createWriterFinder({ codexHome, readLocks: () => locks, isListWhole: () => isListWhole })(ID, isLocking);
}

function toLine({ device, kind = "FLOCK " }: { device?: string; kind?: string } = {}): string {
  const { dev, ino } = statSync(path);
  const [major, minor] = [(dev >>> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00)];
  const own = [major, minor].map((number) => number.toString(16).padStart(2, "0")).join(":");
  return `1: POSIX  ADVISORY  READ 7660 fe:00:1 128 128\n3: ${kind} ADVISORY  WRITE 8969 ${device ?? own}:${ino} 0 EOF\n`;
}

test("a lock that the kernel lists is held", () => {
  writeFileSync(path, "");
  expect(find(toLine())).toBe("held");
});

test("a lock file without a lock is left over, if the list has the locks of all processes", () => {
  writeFileSync(path, "");
  expect(find("1: POSIX  ADVISORY  READ 7660 fe:00:1 128 128\n")).toBe("free");
  expect(find(toLine({ kind: "POSIX " }))).toBe("free");
  expect(find("", { isListWhole: false })).toBe("unknown");
});

test("an inode of another device, and a machine without a list, tell nothing", () => {
  writeFileSync(path, "");
  expect(find(toLine({ device: "00:2b" }))).toBe("unknown");
  expect(find(undefined)).toBe("unknown");
});

test("without a lock file only a CLI that locks says that nobody has the thread", () => {
  expect(find(toLineOfNobody)).toBe("free");
  expect(find(toLineOfNobody, { isLocking: false })).toBe("unknown");
});

const toLineOfNobody = "3: FLOCK  ADVISORY  WRITE 8969 fe:00:15469269 0 EOF\n";
