// The directories of a frame, looked at just before the spawn and just after it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CodexFrame } from "../../../src/agents/codex/codex-frame.ts";
import { checkFrameDirectories, findElsewhere } from "../../../src/agents/turn/frame-directories.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "frame-directories-")));
  for (const name of ["cwd", "other"]) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const frameOf = (roots: string[] = []): CodexFrame => ({
  cwd: join(folder, "cwd"),
  sandbox: { ...READ_ONLY, mode: "workspace-write", writableRoots: roots },
  approvalPolicy: "never",
  config: {},
  backend: "codex-exec",
});
const swap = (): void => {
  renameSync(join(folder, "cwd"), join(folder, "old"));
  symlinkSync("other", join(folder, "cwd"));
};

test("real ones pass, a root that is not there yet among them", () => {
  expect(() => checkFrameDirectories(frameOf([join(folder, "other"), join(folder, "missing/x")]))).not.toThrow();
});

test("a cwd that is a link by now, or gone, is refused", () => {
  swap();
  expect(() => checkFrameDirectories(frameOf())).toThrow(expect.objectContaining({ code: "SANDBOX_DENIED" }));
  rmSync(join(folder, "cwd"));
  expect(() => checkFrameDirectories(frameOf())).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});

test.each(["root", "root/below"])("a writable root behind a link is refused, one to nowhere too: %s", (name) => {
  symlinkSync("nowhere", join(folder, "root"));
  expect(() => checkFrameDirectories(frameOf([join(folder, name)]))).toThrow("was replaced by a link");
});

test.runIf(process.platform === "linux")(
  "a program that was started elsewhere is seen by its own directory",
  async () => {
    const { cwd } = frameOf();
    const right = spawn("sleep", ["30"], { cwd });
    swap();
    const wrong = spawn("sleep", ["30"], { cwd });
    expect(findElsewhere(wrong.pid ?? 0, cwd)).toMatchObject({ code: "SANDBOX_DENIED" });
    // Where it was started is another name by now: that is elsewhere too.
    expect(findElsewhere(right.pid ?? 0, cwd)).toMatchObject({ code: "SANDBOX_DENIED" });
    expect(findElsewhere(right.pid ?? 0, join(folder, "old"))).toBeUndefined();
    for (const child of [right, wrong]) {
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
    }
    expect(findElsewhere(right.pid ?? 0, cwd)).toBeUndefined();
  },
);
