// Records of jobs: found by id and by age without an index, and never mixed up between projects.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createJobFiles, type StoredJob } from "../../src/state/job-files.ts";
import { measureCpuMs } from "../support/cpu-time.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "job-files-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 10, 26);
const owner = { pid: 2, start: 3, bootId: "b", namespace: "pid:[1]", bell: "0123456789ab", cwd: "/p", since: NOW };
const job = (at: number, change: Partial<StoredJob> = {}): StoredJob => ({
  id: `cx-${String(at).padStart(8, "0")}`,
  tool: "codex",
  title: "t",
  state: "running",
  project: "/p",
  createdAt: NOW + at,
  updatedAt: NOW + at,
  owner,
  ...change,
});
const files = () => createJobFiles(stateDir);
const folder = () => join(stateDir, "jobs");
const pathOf = (at: number) => files().find("/p", job(at).id).path;

test("a record comes back as it was written, for this user alone", () => {
  const whole = job(1, {
    threadId: "x",
    state: "waiting",
    question: { key: "k", question: { message: "m", choices: [{ id: "a", title: "A" }], timeoutMs: 5 }, kind: "input" },
    steers: ["more"],
    result: { isError: false, text: "ü", structured: { deep: { list: [1, null] } } },
  });
  files().write(whole);
  expect(files().find("/p", whole.id).stored).toMatchObject({ kind: "record", value: whole });
  expect(statSync(pathOf(1)).mode & 0o777).toBe(0o600);
  files().write({ ...whole, steers: undefined, question: undefined, state: "completed" });
  expect(readdirSync(folder())).toHaveLength(1);
  expect(files().find("/p", whole.id).stored).toMatchObject({ kind: "record", value: { state: "completed" } });
});

test("the newest of a project come first, whatever else there is", () => {
  for (const at of [3, 1, 2]) files().write(job(at));
  files().write(job(9, { project: "/q" }));
  writeFileSync(pathOf(3), '{"id":');
  writeFileSync(join(folder(), "note.txt"), "");
  expect(
    files()
      .listNewest("/p", 5)
      .map(({ record }) => record.id),
  ).toEqual([job(2).id, job(1).id]);
  expect(
    files()
      .listNewest("/p", 1)
      .map(({ record }) => record.id),
  ).toEqual([job(2).id]);
  expect(files().listNewest("/none", 5)).toEqual([]);
});

test.each(["cx-00000002", "cx-0000000", "../cx-00000001", "cx-00000001.json", "", "cx-*"])("%j is not found", (id) => {
  files().write(job(1));
  files().write(job(2, { project: "/q" }));
  expect(files().find("/p", id).stored).toEqual({ kind: "absent" });
});

describe("a record that cannot be used", () => {
  test.each([
    ["half a record", (text: string) => text.slice(0, text.length / 2), "damaged"],
    ["another job's", (text: string) => text.replaceAll("cx-00000001", "cx-00000002"), "damaged"],
    ["another project's", (text: string) => text.replace('"project":"/p"', '"project":"/q"'), "damaged"],
    ["an unknown state", (text: string) => text.replace('"running"', '"frozen"'), "damaged"],
    [
      "an unknown state of a newer bridge",
      (text: string) => text.replace('"running"', '"frozen"').replace('"version":2', '"version":3'),
      "newer",
    ],
  ])("%s is told as such, and left out of the list", (_name, spoil, kind) => {
    files().write(job(1));
    const path = pathOf(1);
    writeFileSync(path, spoil(readFileSync(path, "utf8")));
    expect(files().find("/p", job(1).id).stored).toMatchObject({ kind });
    expect(files().listNewest("/p", 5)).toEqual([]);
  });

  test("a newer bridge's additions stay", () => {
    files().write(job(1));
    const path = pathOf(1);
    const newer = readFileSync(path, "utf8").replace('"version":2', '"version":3,"quota":{"at":1}');
    writeFileSync(path, newer);
    files().write(job(1, { state: "completed" }));
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ version: 3, quota: { at: 1 }, state: "completed" });
  });
});

test("the sweep takes what was last written before, and a renewed record stays", async () => {
  for (const at of [1, 2]) {
    files().write(job(at));
    utimesSync(pathOf(at), 1, 1);
  }
  files().renew(job(2));
  await files().sweep(Date.now() - 60_000);
  expect(readdirSync(folder())).toEqual([expect.stringContaining("cx-00000002")]);
  expect(() => files().renew(job(1))).toThrow("ENOENT");
});

test("what the file system refuses is thrown", () => {
  writeFileSync(join(stateDir, "jobs"), "");
  expect(() => files().write(job(1))).toThrow();
  expect(files().listNewest("/p", 5)).toEqual([]);
  expect(files().find("/p", job(1).id).stored).toEqual({ kind: "absent" });
});

test("a folder that has not changed is not listed again, and every change is seen", () => {
  const own = files();
  own.write(job(1));
  expect(own.listNewest("/p", 5)).toHaveLength(1);
  const past = new Date(Date.now() - 60_000);
  for (let at = 2; at < 6; at += 1) {
    utimesSync(folder(), past, past);
    expect(own.listNewest("/p", 9)).toHaveLength(at - 1);
    files().write(job(at));
    expect(own.listNewest("/p", 9)).toHaveLength(at);
    expect(own.find("/p", job(at).id).stored.kind).toBe("record");
  }
  utimesSync(folder(), past, past);
  own.listNewest("/p", 9);
  rmSync(pathOf(3));
  utimesSync(folder(), past, past);
  expect(own.listNewest("/p", 9).map(({ record }) => record.id)).not.toContain(job(3).id);
  rmSync(folder(), { recursive: true });
  expect(own.listNewest("/p", 9)).toEqual([]);
});

test("a list reads as many records as it gives, however many there are", () => {
  const listing = (count: number): number => {
    const project = `/${count}`;
    for (let at = 0; at < count; at += 1) files().write(job(at, { project, state: "completed" }));
    files().listNewest(project, 10);
    return measureCpuMs(() => {
      for (let round = 0; round < 50; round += 1) expect(files().listNewest(project, 10)).toHaveLength(10);
    });
  };
  const few = listing(10);
  for (const name of readdirSync(folder())) rmSync(join(folder(), name));
  // To read all would take a hundred times as long; the folder itself is listed.
  expect(listing(1_000) / few).toBeLessThan(5);
});
