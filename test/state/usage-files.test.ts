import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createUsageFiles } from "../../src/state/usage-files.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const usage = (usedPercent: number) => ({
  account: "/home/a/.codex",
  toldAt: 1,
  windows: [{ usedPercent, minutes: 300 }],
});

test("keeps the newest limits of each Codex home", () => {
  const files = createUsageFiles(root);
  expect(files.find("/home/a/.codex")).toBeUndefined();
  files.keep(usage(10));
  files.keep(usage(20));
  expect(createUsageFiles(root).find("/home/a/.codex")).toEqual(usage(20));
  expect(files.find("/home/b/.codex")).toBeUndefined();
});

test("limits that have not changed are not written again", () => {
  const files = createUsageFiles(root);
  files.keep(usage(10));
  const [name = ""] = readdirSync(join(root, "usage"));
  const path = join(root, "usage", name);
  utimesSync(path, 1, 1);
  files.keep(usage(10));
  expect(statSync(path).mtimeMs).toBe(1_000);
});

test("a file that is no record, and a folder that cannot be made, are no error", () => {
  const files = createUsageFiles(root);
  files.keep(usage(10));
  const [name = ""] = readdirSync(join(root, "usage"));
  writeFileSync(join(root, "usage", name), "{");
  expect(files.find("/home/a/.codex")).toBeUndefined();
  writeFileSync(join(root, "file"), "");
  const blocked = createUsageFiles(join(root, "file"));
  blocked.keep(usage(10));
  expect(blocked.find("/home/a/.codex")).toBeUndefined();
});
