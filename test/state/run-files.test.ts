import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRunFiles } from "../../src/state/run-files.ts";

const stateDir = mkdtempSync(join(tmpdir(), "run-files-"));
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const RUN = { id: "good", mark: "BRIDGE_RUN=good", startedAt: 1, bootId: "b", owner: { pid: 1, start: 1 } };

test("odd files hide no good one: a folder, half JSON, another's id", () => {
  const damaged: string[] = [];
  const files = createRunFiles(stateDir, (name) => damaged.push(name));
  files.write(RUN);
  const folder = join(stateDir, "runs");
  mkdirSync(join(folder, "a-folder.json"));
  writeFileSync(join(folder, "half.json"), '{"id":"half"');
  writeFileSync(join(folder, "other.json"), JSON.stringify(RUN));
  expect(listAll(files)).toEqual([RUN]);
  expect(damaged.sort()).toEqual(["a-folder.json", "half.json", "other.json"]);
  expect(readdirSync(folder).sort()).toEqual(["a-folder.json", "good.json"]);
});

// What a record names is ended without a further question, so nobody may slip one in that names the user's own processes.
const listAll = (files: ReturnType<typeof createRunFiles>) => files.names().flatMap((name) => files.read(name) ?? []);

describe("a record that is not of our own form is removed unread", () => {
  test.each<[string, Record<string, unknown>]>([
    ["a mark of the user's own processes", { mark: "VICTIM=yes" }],
    ["the mark of another run", { mark: "BRIDGE_RUN=other" }],
    ["a later mark that is no thread", { laterMark: "HOME=/root" }],
    ["pid 1 as its program", { root: { pid: 1, start: 50 } }],
    ["a program that is older than the run", { root: { pid: 77, start: 5 } }],
    ["a pid that is a whole group", { seen: [{ pid: -5, start: 50 }] }],
    ["an id that is a path", { id: "../threads/x", mark: "BRIDGE_RUN=../threads/x" }],
  ])("%s", (_name, change) => {
    const damaged: string[] = [];
    const files = createRunFiles(stateDir, (name) => damaged.push(name));
    const run = { ...RUN, startedAt: 40, ...change };
    mkdirSync(join(stateDir, "runs"), { recursive: true });
    writeFileSync(join(stateDir, "runs/good.json"), JSON.stringify(run));
    expect(listAll(files)).toEqual([]);
    expect(damaged).toEqual(["good.json"]);
    expect(readdirSync(join(stateDir, "runs"))).toEqual([]);
  });
});
