// Which names a person can type in Claude Code without a plugin's name in front (docs/claude-code.md#plugins).
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import { type ClaudeContext, findProjectRoot, findUserFolder } from "./config-files.ts";

/** A name, and the file that brings it. */
export interface TypedName {
  readonly name: string;
  readonly file: string;
}

/** A command is a page of text; what is larger is not read. */
const MOST_BYTES = 262_144;
/** Files of one folder that are looked at. */
const MOST_FILES = 500;

/** The bare names of a plugin's commands and skills: those that their frontmatter gives. Never throws. */
export function listPluginNames(folder: string): TypedName[] {
  return listFiles(folder).flatMap((file) => {
    const name = readName(file);
    return name === undefined ? [] : [{ name, file }];
  });
}

/** The names of the commands and skills that lie in the project, and among the user's own files. Never throws. */
export function listOwnNames(claude: ClaudeContext): TypedName[] {
  const folders = [
    findUserFolder(claude),
    ...[claude.cwd, findProjectRoot(claude.cwd)].map((at) => join(at, ".claude")),
  ];
  return [...new Set(folders)].flatMap(listFiles).map((file) => {
    const isSkill = basename(file) === "SKILL.md";
    return { name: readName(file) ?? (isSkill ? basename(dirname(file)) : basename(file, ".md")), file };
  });
}

function listFiles(folder: string): string[] {
  return [
    ...list(join(folder, "commands"), (name) => name.endsWith(".md")),
    ...list(join(folder, "skills"), (name) => /^[^/]+\/SKILL\.md$/.test(name)),
  ];
}

function list(folder: string, isWanted: (name: string) => boolean): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter(isWanted)
      .sort()
      .slice(0, MOST_FILES)
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readName(file: string): string | undefined {
  const text = readSmallTextIfAny(file, MOST_BYTES)?.replace(/^\ufeff/, "") ?? "";
  const frontmatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1] ?? "";
  return /^name:[ \t]*(["']?)([\w:.-]+)\1[ \t]*(?:#.*)?\r?$/m.exec(frontmatter)?.[2];
}
