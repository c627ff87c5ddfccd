// What git should not take up: one's own settings of Claude Code, and the checkpoints of sessions.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { InitStep } from "../context.ts";
import { HASH_MARKS } from "../files/marked-block.ts";

const LINES = [".claude/settings.local.json", ".claude-context/"];

/** Adds the lines that no line of the file has. */
export const ignoreFileStep: InitStep = {
  name: "gitignore",
  title: "keep personal settings and checkpoints out of git",
  plan: ({ root, files }) => {
    if (!existsSync(join(root, ".git"))) return [{ kind: "already", text: "no git repository" }];
    const file = join(root, ".gitignore");
    const text = files.read(file) ?? "";
    const own = files.readBlock(file, HASH_MARKS) ?? "";
    const others = new Set(text.replace(own, "").split(/\r?\n/).map(toPattern));
    const missing = LINES.filter((line) => !others.has(toPattern(line)));
    if (missing.length === 0 || own === missing.join("\n")) return [{ kind: "already", file, text: "names them" }];
    files.setBlock(file, HASH_MARKS, missing.join("\n"));
    return [{ kind: "change", file, text: `add ${missing.join(", ")}` }];
  },
};

function toPattern(line: string): string {
  return line.trim().replace(/^\//, "").replace(/\/$/, "");
}
