import { describe, expect, test } from "vitest";
import { describeWidening, FULL_ACCESS, isInside, READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";

const write = (extra: Partial<SandboxPolicy> = {}): SandboxPolicy => ({
  ...READ_ONLY,
  mode: "workspace-write",
  ...extra,
});

describe("order of sandboxes", () => {
  test.each<[string, SandboxPolicy, SandboxPolicy, number]>([
    ["the same", write(), write(), 0],
    ["narrower mode", READ_ONLY, write(), 0],
    ["narrower mode, from full access", write({ networkAccess: true }), FULL_ACCESS, 0],
    ["wider mode", write(), READ_ONLY, 1],
    ["full access", FULL_ACCESS, write({ networkAccess: true }), 1],
    ["network", write({ networkAccess: true }), write(), 1],
    ["less network", write(), write({ networkAccess: true }), 0],
    ["a further root", write({ writableRoots: ["/a", "/b"] }), write({ writableRoots: ["/a"] }), 1],
    ["a root inside a known one", write({ writableRoots: ["/a/b"] }), write({ writableRoots: ["/a"] }), 0],
    [
      "a root that only begins like a known one",
      write({ writableRoots: ["/ab"] }),
      write({ writableRoots: ["/a"] }),
      1,
    ],
    ["/tmp", write(), write({ excludeSlashTmp: true }), 1],
    ["$TMPDIR", write(), write({ excludeTmpdir: true }), 1],
    ["fields that mean nothing in read-only", { ...READ_ONLY, networkAccess: true }, READ_ONLY, 0],
  ])("%s", (_name, policy, limit, count) => {
    expect(describeWidening(policy, limit)).toHaveLength(count);
  });

  test("inside means below, not beginning alike", () => {
    expect([isInside("/a", "/a"), isInside("/a/b", "/a"), isInside("/ab", "/a"), isInside("/x", "/")]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });
});
