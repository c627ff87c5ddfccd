import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createRunFiles } from "../../src/state/run-files.ts";

const stateDir = mkdtempSync(join(tmpdir(), "run-files-"));
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const RUN = { id: "good", mark: "RUN=1", startedAt: 1, bootId: "b", owner: { pid: 1, start: 1 } };

test("odd files hide no good one: a folder, half JSON, another's id", () => {
  const damaged: string[] = [];
  const files = createRunFiles(stateDir, (name) => damaged.push(name));
  files.write(RUN);
  const folder = join(stateDir, "runs");
  mkdirSync(join(folder, "a-folder.json"));
  writeFileSync(join(folder, "half.json"), '{"id":"half"');
  writeFileSync(join(folder, "other.json"), JSON.stringify(RUN));
  expect(files.list()).toEqual([RUN]);
  expect(damaged.sort()).toEqual(["half.json", "other.json"]);
  expect(readdirSync(folder).sort()).toEqual(["a-folder.json", "good.json"]);
});
