import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogFile } from "../../src/logging/log-file.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "log-file-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(stateDir, "state", name), "utf8");
const open = () => createLogFile(join(stateDir, "state"), 100);

test("it is put aside by its size while it is written, by whichever bridge comes to it, and no line is lost over that", () => {
  const bridges = [open(), open()];
  const lines = Array.from({ length: 15 }, (_, at) => `line ${at}`.padEnd(9, ".").concat("\n"));
  for (const [at, line] of lines.entries()) bridges[at % 2]?.(line);
  expect(read("bridge.log.1")).toBe(lines.slice(0, 10).join(""));
  expect(read("bridge.log")).toBe(lines.slice(10).join(""));
  expect(readdirSync(join(stateDir, "state")).sort()).toEqual(["bridge.log", "bridge.log.1"]);
  expect(statSync(join(stateDir, "state", "bridge.log")).mode & 0o777).toBe(0o600);
});

test("something else in its place blocks nobody", () => {
  open()("x\n");
  const path = join(stateDir, "state", "bridge.log");
  rmSync(path);
  execFileSync("mkfifo", [path]);
  expect(() => open()("x\n")).toThrow("ENXIO");
});
