import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { createPromptFileReader } from "../../../src/delegation/turns/prompt-file.ts";
import { test } from "../../support/fixture.ts";

const call: CallContext = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };

test("reads a file relative to the turn's directory, in the home, or by its whole path", async ({ folder }) => {
  mkdirSync(join(folder, "work"));
  writeFileSync(join(folder, "work", "task.md"), "Do it.\n");
  const read = createPromptFileReader({ base: folder, home: folder, roots: [] });
  expect(await read("task.md", "work", call)).toBe("Do it.\n");
  expect(await read("work/task.md", undefined, call)).toBe("Do it.\n");
  expect(await read("~/work/task.md", undefined, call)).toBe("Do it.\n");
  expect(await read(join(folder, "work/task.md"), undefined, call)).toBe("Do it.\n");
});

test("a text that has the mark of a broken one in it is whole all the same", async ({ folder }) => {
  const text = "Replace each \ufffd by a question mark.\n";
  writeFileSync(join(folder, "task.md"), text);
  const read = createPromptFileReader({ base: folder, home: folder, roots: [] });
  expect(await read("task.md", undefined, call)).toBe(text);
});

test("a relative file starts where the client works", async ({ folder }) => {
  mkdirSync(join(folder, "tree"));
  writeFileSync(join(folder, "tree", "task.md"), "Here.");
  const read = createPromptFileReader({ base: "/", home: "/", roots: [] });
  expect(await read("task.md", undefined, { ...call, listRoots: async () => [join(folder, "tree")] })).toBe("Here.");
});

test("what is no readable text is refused, and so is what the user's roots leave out", async ({ folder }) => {
  mkdirSync(join(folder, "in"));
  writeFileSync(join(folder, "large.md"), "x".repeat(5_000_000));
  writeFileSync(join(folder, "image.md"), Buffer.from([0xff, 0xfe, 0x00]));
  writeFileSync(join(folder, "secret.md"), "x");
  symlinkSync(join(folder, "secret.md"), join(folder, "in", "link.md"));
  const read = createPromptFileReader({ base: folder, home: folder, roots: [] });
  for (const [path, message] of [
    ["none.md", "does not exist"],
    ["in", "is not a file"],
    ["large.md", "is too large for a prompt"],
    ["image.md", "is not a text in UTF-8"],
    ["a\0b", "must be a path"],
  ] as const) {
    await expect(read(path, undefined, call)).rejects.toMatchObject({
      report: { code: "INVALID_ARGUMENT", message: expect.stringContaining(message) },
    });
  }
  const limited = createPromptFileReader({ base: join(folder, "in"), home: folder, roots: [join(folder, "in")] });
  for (const path of ["../secret.md", "link.md", join(folder, "secret.md")]) {
    await expect(limited(path, undefined, call)).rejects.toMatchObject({ report: { code: "SANDBOX_DENIED" } });
  }
});
