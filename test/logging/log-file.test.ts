import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogFile } from "../../src/logging/log-file.ts";

/** Called once, when a line has just been written and its file closed. */
let onClosed: (() => void) | undefined;
vi.mock("node:fs", async (load) => {
  const fs = await load<typeof import("node:fs")>();
  const closeSync = (file: number): void => {
    fs.closeSync(file);
    const act = onClosed;
    onClosed = undefined;
    act?.();
  };
  return { ...fs, closeSync };
});

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

test("of the files that were put aside only the newest is kept, so the log never needs more than twice its limit", () => {
  const write = open();
  for (let at = 0; at < 35; at += 1) write(`line ${at}`.padEnd(9, ".").concat("\n"));
  expect(read("bridge.log.1").split("\n").slice(0, 2)).toEqual(["line 20..", "line 21.."]);
  expect(read("bridge.log").split("\n")[0]).toBe("line 30..");
  expect(readdirSync(join(stateDir, "state")).sort()).toEqual(["bridge.log", "bridge.log.1"]);
});

test("one that is large already when a bridge starts is put aside with its first line", () => {
  createLogFile(join(stateDir, "state"), 10_000)(`${"x".repeat(500)}\n`);
  open()("first\n");
  expect(read("bridge.log.1")).toBe(`${"x".repeat(500)}\nfirst\n`);
  open()("second\n");
  expect(read("bridge.log")).toBe("second\n");
});

test("two bridges that come to the limit at once put it aside once: what was put aside is not lost for a few lines", () => {
  const [own, neighbour] = [open(), open()];
  const old = `${"x".repeat(97)}\n`;
  own(old);
  onClosed = () => {
    neighbour("neighbour\n");
    neighbour("after\n");
  };
  own("own\n");
  expect([read("bridge.log.1"), read("bridge.log")]).toEqual([`${old}own\nneighbour\n`, "after\n"]);
});
