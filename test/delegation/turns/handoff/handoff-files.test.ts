// The files of a hand-off: what may be read, and what the turn left.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { readDocument } from "../../../../src/delegation/turns/handoff/handoff-paths.ts";
import { judgeWritten, lookBefore } from "../../../../src/delegation/turns/handoff/written-file.ts";
import { test } from "../../../support/fixture.ts";

test("a text that has the mark of a broken one in it is whole all the same", ({ folder }) => {
  const text = "Replace each \ufffd by a question mark.\n";
  const path = join(folder, "PLAN.md");
  const before = lookBefore(path);
  writeFileSync(path, text);
  expect(readDocument("PLAN.md", folder, [])).toMatchObject({ name: "PLAN.md", text });
  const judged = judgeWritten({ asked: "PLAN.md", cwd: folder, before, redact: String });
  expect(judged).toMatchObject({ written: { head: text, state: "new" } });
  writeFileSync(path, Buffer.from([0xff, 0x41]));
  expect(() => readDocument("PLAN.md", folder, [])).toThrow("is not a text in UTF-8");
  expect(judgeWritten({ asked: "PLAN.md", cwd: folder, before, redact: String })).toMatchObject({
    written: { head: undefined },
  });
});
