// The folder in which Claude Code keeps a thread, after a turn in the sandbox that wrote into it whatever it liked.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createThreadFolders, type ThreadFolders } from "../../../src/agents/claude-code/sessions/thread-folders.ts";

const ID = "00000000-0000-4000-8000-000000000001";

let root: string;
let folders: ThreadFolders;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "thread-folders-"));
  const home = join(root, "home");
  folders = createThreadFolders({ stateDir: join(root, "state"), env: {}, home, clock: () => 1_000_000 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

test("without a sandbox nothing of it counts but the session", () => {
  const { config, tmp } = folders.open(ID, true);
  const session = join(config, "projects/-p", `${ID}.jsonl`);
  write(session, "{}\n");
  const planted = [
    ".claude.json",
    "settings.json",
    "plugins/x/hooks.json",
    "projects/-q/x.jsonl",
    "projects/-p/memory/x",
  ];
  for (const name of planted) write(join(config, name), "planted");
  write(join(tmp, "x"), "planted");
  symlinkSync(root, join(config, "projects/link"));
  folders.open(ID, true);
  expect(existsSync(join(config, ".claude.json"))).toBe(true);
  folders.open(ID, false);
  expect(readdirSync(config, { recursive: true }).sort()).toEqual([
    "projects",
    "projects/-p",
    `projects/-p/${ID}.jsonl`,
  ]);
  expect([readFileSync(session, "utf8"), readdirSync(tmp)]).toEqual(["{}\n", []]);
});

test("without a sandbox a session that is a link is not gone on with: Claude Code writes at its end", () => {
  const { config } = folders.open(ID, true);
  const victim = join(root, "home/.profile");
  write(victim, "mine\n");
  write(join(config, "projects/-p/x"), "");
  symlinkSync(victim, join(config, "projects/-p", `${ID}.jsonl`));
  folders.open(ID, false);
  expect([readdirSync(join(config, "projects/-p")), readFileSync(victim, "utf8")]).toEqual([[], "mine\n"]);
});

test.each(["projects", "projects/-p"])("a session of the user's is copied past a link in the place of %s", (link) => {
  const theirs = join(root, "home/.claude/projects/-p", `${ID}.jsonl`);
  write(theirs, "theirs\n");
  const { config } = folders.open(ID, true);
  const copy = join(config, "projects/-p", `${ID}.jsonl`);
  expect(readFileSync(copy, "utf8")).toBe("theirs\n");
  const victim = join(root, "home/.profile");
  write(victim, "mine\n");
  rmSync(join(config, link), { recursive: true });
  mkdirSync(join(root, "elsewhere/-p"), { recursive: true });
  symlinkSync(join(root, link === "projects" ? "elsewhere" : "elsewhere/-p"), join(config, link));
  if (link !== "projects") symlinkSync(victim, join(root, "elsewhere/-p", `${ID}.jsonl`));
  folders.open(ID, true);
  expect([readFileSync(copy, "utf8"), readFileSync(victim, "utf8")]).toEqual(["theirs\n", "mine\n"]);
  expect(readdirSync(join(root, "elsewhere/-p"))).toEqual(link === "projects" ? [] : [`${ID}.jsonl`]);
});

test("a link that leads nowhere is replaced by the copy, not followed", () => {
  const theirs = join(root, "home/.claude/projects/-p", `${ID}.jsonl`);
  write(theirs, "theirs\n");
  const { config } = folders.open(ID, true);
  const copy = join(config, "projects/-p", `${ID}.jsonl`);
  const victim = join(root, "home/new-file");
  rmSync(copy);
  symlinkSync(victim, copy);
  folders.open(ID, true);
  expect([readFileSync(copy, "utf8"), existsSync(victim)]).toEqual(["theirs\n", false]);
});
