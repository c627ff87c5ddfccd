import { expect, test } from "vitest";
import { toPlainCommand } from "../../../../src/agents/codex/turn/plain-command.ts";
import { measureCpuMs } from "../../../support/cpu-time.ts";

test.each([
  ["/bin/bash -lc ls", "ls"],
  ["bash -lc 'sleep 1; wc -l notes.txt'", "sleep 1; wc -l notes.txt"],
  ["/usr/bin/zsh -lc 'echo \"a b\"'", 'echo "a b"'],
  [`/bin/bash -lc "sed -n '1,20p' x.ts"`, "sed -n '1,20p' x.ts"],
  [`/bin/bash -lc 'it'\\''s'`, "it's"],
  [`/bin/bash -lc "it's "'$HOME'`, "it's $HOME"],
  [`bash -c "echo \\"\\$x\\" \\\\ \\n"`, 'echo "$x" \\ \\n'],
  ["/bin/sh -c 'two\nlines'", "two\nlines"],
  // What is not one quoted word is told as it is.
  ["bash -lc echo two", "echo two"],
  ["bash -lc 'open", "'open"],
  ["rg -n 'a b' src", "rg -n 'a b' src"],
  ["fish -lc 'x'", "fish -lc 'x'"],
  ["", ""],
])("%j is %j", (command, expected) => {
  expect(toPlainCommand(command)).toBe(expected);
});

test("a long one takes no time", () => {
  const spentMs = measureCpuMs(() => {
    for (const part of ["'", '"', "\\", "a'", "'a'", " "]) toPlainCommand(`bash -lc ${part.repeat(200_000)}`);
  });
  expect(spentMs).toBeLessThan(2_000);
});
