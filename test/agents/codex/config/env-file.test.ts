import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createEnvFileReader, parseEnvFile } from "../../../../src/agents/codex/config/env-file.ts";

// What each line comes to was observed with 0.50, 0.120, 0.150 and 0.169.
test.each<[string, Record<string, string>]>([
  ["A=1\nB=2", { A: "1", B: "2" }],
  ["export A=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["# A=1\nthis is none\nB=2", { B: "2" }],
  ["A='x $B'", { A: "x $B" }],
  ['A="x\\ny" # c\nB=a#b\nC=a # c', { A: "x\ny", B: "a#b", C: "a" }],
  ['A="one\nB=two"\nC=3', { A: "one\nB=two", C: "3" }],
  ["A=abc\nB=sk-${A}-$A-$NONE", { A: "abc", B: "sk-abc-abc-$NONE" }],
  ["A=\nB=''", { A: "", B: "" }],
  ["A: 1\n\ufeffB=1", {}],
  ["CODEX_API_KEY=1\ncodex_home=2\nNO_CODEX_X=3", { NO_CODEX_X: "3" }],
])("%j", (text, expected) => {
  expect(parseEnvFile(text)).toEqual(expected);
});

test("a file is read again when it changes; none, a folder and a broken one are empty", () => {
  const home = mkdtempSync("/var/tmp/codex-bridge-test-");
  try {
    const read = createEnvFileReader(home);
    expect(read()).toEqual({});
    writeFileSync(join(home, ".env"), "A=1\n");
    expect(read()).toEqual({ A: "1" });
    expect(read()).toBe(read());
    writeFileSync(join(home, ".env"), "A=22\n");
    expect(read()).toEqual({ A: "22" });
    rmSync(join(home, ".env"));
    expect(read()).toEqual({});
    expect(createEnvFileReader("/dev/null/x")()).toEqual({});
  } finally {
    rmSync(home, { recursive: true });
  }
});
