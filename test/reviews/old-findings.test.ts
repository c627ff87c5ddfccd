import { expect, test } from "vitest";
import type { Finding } from "../../src/reviews/finding.ts";
import { judgeOldFindings } from "../../src/reviews/old-findings.ts";
import type { ReviewMaterial } from "../../src/reviews/target.ts";

const old: Finding = {
  id: "F1",
  severity: "P1",
  title: "t",
  body: "",
  confidence: 1,
  file: "a.ts",
  startLine: 2,
  endLine: 2,
  evidence: "const length = input.length;",
  isVerified: true,
};
const texts = new Map([
  ["a.ts", "one();\nconst length = input.length;\n"],
  ["b.ts", "one();\n\n\n\n\n\n\n\n\n\n\n\nconst length = input.length;\nconst length = input.length;\n"],
  ["c.ts", "const length = input.size;\n"],
  ["new.ts", "const length = input.length;\n"],
]);
const state = async (part: Partial<Finding>, more: Partial<ReviewMaterial> = {}) => {
  const material = {
    ...{ leftOut: [{ path: "out.ts", from: "was.ts", reason: "", isMissed: true }], within: ["inner/", "module"] },
    state: { kind: "tree", tree: "" } as const,
    files: [{ path: "new.ts", from: "renamed.ts", kind: "rename", diff: "" } as const],
    readReviewed: async (path: string) => {
      if (path === "broken.ts") throw new Error("EIO");
      return texts.get(path);
    },
  };
  return (await judgeOldFindings([{ ...old, ...part }], { ...material, ...more }))[0]?.state;
};

test.each([
  ["its lines still stand", {}, "open"],
  ["they stand at other places", { file: "b.ts" }, "open"],
  ["they stand in the file under its new name", { file: "renamed.ts" }, "open"],
  ["they changed", { file: "c.ts" }, "settled"],
  ["its file is gone", { file: "gone.ts" }, "settled"],
  ["its file cannot be read", { file: "broken.ts" }, "unknown"],
  ["its file is left out", { file: "out.ts" }, "unknown"],
  ["its file is left out under its new name", { file: "was.ts" }, "unknown"],
  ["its file stands in a repository within this one", { file: "inner/a.ts" }, "unknown"],
  ["its file stands in a submodule", { file: "module/a.ts" }, "unknown"],
  ["it was not verified", { isVerified: false }, "unknown"],
  ["it quotes nothing", { evidence: undefined }, "unknown"],
  ["it names no file", { file: undefined }, "unknown"],
  ["its short quote is not where it was", { evidence: "i++;" }, "unknown"],
  ["what was removed is back", { isAboutRemoval: true }, "settled"],
  ["what was removed is not back", { isAboutRemoval: true, file: "c.ts" }, "open"],
  ["its file was removed, and is not back", { isAboutRemoval: true, file: "gone.ts" }, "open"],
] as const)("%s", async (_, part, expected) => {
  expect(await state(part)).toBe(expected);
});

test("files that were named say nothing of another one", async () => {
  expect(await state({ file: "gone.ts" }, { state: { kind: "contents", hashes: {} } })).toBe("unknown");
});
