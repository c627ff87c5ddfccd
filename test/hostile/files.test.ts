// Files that block or never end in the places that the server reads: it answers everything else meanwhile, and says what is wrong.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Attack, attack } from "./attack.ts";

const MAKERS: [string, (path: string) => void][] = [
  ["a FIFO", (path) => execFileSync("mkfifo", [path])],
  ["a link to /dev/zero", (path) => symlinkSync("/dev/zero", path)],
  ["a link to /dev/tty", (path) => symlinkSync("/dev/tty", path)],
];
/** Below the folder of the case, whose project is `project`. */
const PLACES = [
  "project/.git",
  "project/.codex/config.toml",
  "codex-home/config.toml",
  "state/threads/01a1fa4f-63b2-7772-b0a6-000000000001.json",
  "state/locks/01a1fa4f-63b2-7772-b0a6-000000000001.json",
  "state/runs/x.json",
  "codex-home/sessions/2026/11/26/rollout-2026-11-26T05-00-00-01a1fa4f-63b2-7772-b0a6-000000000001.jsonl",
];

async function expectQuickPing(it: Attack, id: string): Promise<void> {
  const asked = performance.now();
  it.ask(id, "ping");
  await it.bridge.answer(id);
  expect(performance.now() - asked).toBeLessThan(1_000);
}

test.each(MAKERS.flatMap(([name, make]) => PLACES.map((place) => [name, place, make] as const)))(
  "%s as %s",
  (_name, place, make) =>
    attack(async (it) => {
      const path = join(dirname(it.project), place);
      mkdirSync(dirname(path), { recursive: true });
      make(path);
      const threadId = "01a1fa4f-63b2-7772-b0a6-000000000001";
      it.call(1, "codex", { prompt: "x" });
      it.call(2, "codex-reply", { prompt: "x", threadId });
      it.call(3, "codex", { prompt: "x", sandbox: "workspace-write" });
      await expectQuickPing(it, "while they run");
      for (const id of [1, 2, 3]) await it.bridge.answer(id);
      await expectQuickPing(it, "afterwards");
      // A record that came after the look at the start is met by the next bridge.
      rmSync(path, { force: true });
    }),
);
