import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readWholeFile } from "../../../src/setup/files/whole-file.ts";
import { replaceAll } from "../../../src/setup/migrate/write/replace-all.ts";

test("where a later file is gone, the earlier ones are put back, and the reason is told", () => {
  const root = mkdtempSync(join(tmpdir(), "replace-all-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const paths = ["a.json", "b.json"].map((name) => join(root, name));
  for (const path of paths) writeFileSync(path, "old");
  const replacements = paths.map((path) => {
    const file = readWholeFile(path);
    if (file === undefined) throw new Error("not there");
    return { file, text: "new" };
  });
  rmSync(paths[1] ?? "");
  expect(replaceAll(replacements)).toEqual({ at: 1, reason: "is not there any more", stuck: new Map() });
  expect(readFileSync(paths[0] ?? "", "utf8")).toBe("old");
});
