import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareStateFolder } from "../../src/state/state-folder.ts";

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "state-folder-"));
  path = join(root, "a", "state");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const modeOf = () => statSync(path).mode & 0o777;
const INVALID = expect.objectContaining({
  code: "CONFIG_INVALID",
  report: expect.objectContaining({ nextStep: expect.stringContaining("BRIDGE_STATE_DIR") }),
});

test("it is made for this user alone, and nothing is said of one that is right", () => {
  expect(prepareStateFolder(path)).toEqual([]);
  expect(modeOf()).toBe(0o700);
  expect(prepareStateFolder(path)).toEqual([]);
});

test.each([0o777, 0o770, 0o755, 0o701])(
  "one of ours that others may look into (%o) is closed to them, and that is told",
  (mode) => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, mode);
    expect(prepareStateFolder(path)).toEqual([
      expect.stringContaining(`(mode ${mode.toString(8)}); its mode is 700 now`),
    ]);
    expect(modeOf()).toBe(0o700);
  },
);

describe("one of another user", () => {
  const other = (process.getuid?.() ?? 0) + 1;

  test("is refused where others may write into it, and stays as it is", () => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
    expect(() => prepareStateFolder(path, other)).toThrow(INVALID);
    expect(modeOf()).toBe(0o777);
  });

  test("is told where they may not", () => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o755);
    expect(prepareStateFolder(path, other)).toEqual([expect.stringContaining("belongs to another user")]);
  });
});

test.each(["file", "file/state", "/proc/nope/state"])(
  "%s, where file is one, can never be there: the setting is wrong",
  (name) => {
    writeFileSync(join(root, "file"), "");
    expect(() => prepareStateFolder(resolve(root, name))).toThrow(INVALID);
  },
);

test.runIf(process.getuid?.() === 0)("root's own look at another user's folder is told, not refused", () => {
  mkdirSync(path, { recursive: true });
  chownSync(path, 12_345, 12_345);
  chmodSync(path, 0o700);
  expect(prepareStateFolder(path)).toEqual([]);
});
