// A bridge that is killed while it writes the user's files: the next one removes what it had made ready, and one undo takes all of it back.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, runThenSay, until } from "../support/lab.ts";
import { type Message, type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

const FILES = 1_500;
const T = { timeout: 240_000 };

let id = 0;
async function call(bridge: StdioBridge, name: string, args: Record<string, unknown>): Promise<string> {
  id += 1;
  bridge.call(id, name, args);
  const { result }: Message = await bridge.answer(id, 60_000);
  return JSON.stringify(result);
}

const git = ({ project, env }: Lab, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
    ...{ cwd: project, env, encoding: "utf8" },
  });

const toReceipt = (text: string): string => /\brc-[\w-]{8}/.exec(text)?.[0] ?? "none";
const countFiles = ({ project }: Lab): number =>
  existsSync(join(project, "many")) ? readdirSync(join(project, "many")).length : 0;
const listTop = ({ project }: Lab): string[] => readdirSync(project).sort();

/** A proposal with many new files, a changed one and a removed one. */
async function propose(lab: Lab, bridge: StdioBridge): Promise<void> {
  writeFileSync(join(lab.project, "a.txt"), "a\n");
  writeFileSync(join(lab.project, "gone.txt"), "gone\n");
  git(lab, "init", "--quiet");
  git(lab, "add", "-A");
  git(lab, "commit", "--quiet", "-m", "first");
  await shakeHands(bridge);
  const make = `mkdir many; for i in $(seq ${FILES}); do echo $i > many/$i.txt; done`;
  lab.respond(runThenSay(`${make}; echo b > a.txt; rm gone.txt`));
  expect(await call(bridge, "codex", { prompt: "x", isolation: "worktree" })).toContain("pr-");
}

async function killWhen(bridge: StdioBridge, isReached: () => boolean): Promise<void> {
  await until("files are written", isReached, 60_000);
  bridge.process.kill("SIGKILL");
  await bridge.exited;
}

test("in a landing: it is undone whole, or landed again and then undone whole", T, async ({ lab, startServer }) => {
  const options = { env: lab.env, cwd: lab.project };
  const first = startServer(options);
  await propose(lab, first);
  first.call(900, "codex-land", {});
  await killWhen(first, () => countFiles(lab) > 0);
  expect(countFiles(lab)).toBeLessThan(FILES);
  const second = startServer(options);
  await shakeHands(second);
  await until("what was made ready is gone", () => listTop(lab).every((name) => !name.startsWith(".codex-bridge")));
  const left = toReceipt(await call(second, "codex-undo", {}));
  expect(await call(second, "codex-undo", { receipt: left })).not.toContain("isError");
  expect([git(lab, "status", "--short"), listTop(lab)]).toEqual(["", [".git", "a.txt", "gone.txt"]]);

  second.call(901, "codex-land", {});
  await killWhen(second, () => countFiles(lab) > 0);
  const third = startServer(options);
  await shakeHands(third);
  const landed = await call(third, "codex-land", {});
  expect(landed).toContain("Landed pr-");
  expect([countFiles(lab), listTop(lab)]).toEqual([FILES, [".git", "a.txt", "many"]]);
  expect(await call(third, "codex-undo", { receipt: toReceipt(landed) })).not.toContain("isError");
  expect([git(lab, "status", "--short"), listTop(lab)]).toEqual(["", [".git", "a.txt", "gone.txt"]]);
});

test("after the last file of a landing: the next one names the receipt", T, async ({ lab, startServer }) => {
  const bridge = startServer({ env: lab.env, cwd: lab.project });
  await propose(lab, bridge);
  const [folder] = readdirSync(lab.root, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\/proposals$/.test(name),
  );
  const records = join(lab.root, folder ?? "");
  const file = readdirSync(records, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(".json")) ?? "";
  const open = readFileSync(join(records, file), "utf8");
  const receipt = toReceipt(await call(bridge, "codex-land", {}));
  // As a kill leaves it: the files and their receipt are there, and the record does not say so.
  writeFileSync(join(records, file), open);
  expect(toReceipt(await call(bridge, "codex-land", {}))).toBe(receipt);
});

test("in an undo: it is finished by the next one, which can be undone whole", T, async ({ lab, startServer }) => {
  const options = { env: lab.env, cwd: lab.project };
  const first = startServer(options);
  await propose(lab, first);
  const receipt = toReceipt(await call(first, "codex-land", {}));
  const all = git(lab, "status", "--short", "-uall");
  first.call(902, "codex-undo", { receipt });
  await killWhen(first, () => countFiles(lab) < FILES);
  const second = startServer(options);
  await shakeHands(second);
  const undone = await call(second, "codex-undo", { receipt });
  expect([git(lab, "status", "--short"), listTop(lab)]).toEqual(["", [".git", "a.txt", "gone.txt"]]);
  const own = undone.match(/\brc-[\w-]{8}/g)?.find((other) => other !== receipt);
  expect(await call(second, "codex-undo", { receipt: own })).not.toContain("isError");
  expect(git(lab, "status", "--short", "-uall")).toBe(all);
});
