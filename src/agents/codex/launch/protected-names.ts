// The empty folders that Codex's workspace-write sandbox leaves if a command is killed (docs/codex-cli.md#protected-names). With an empty `.git`,
// other programs would take the folder for a repository.
import { join, resolve } from "node:path";
import { isAbsent } from "../../../process/empty-names.ts";
import type { CodexFrame } from "../codex-frame.ts";

/** Names that one or more versions of Codex protect. */
const NAMES = [".git", ".codex", ".agents", ".aws"];

/** Directories that a turn of a frame may write. In these Codex protects names. */
export function listWritableAreas({ cwd, sandbox }: CodexFrame, tmpdir: string | undefined): string[] {
  if (sandbox.mode !== "workspace-write") return [];
  return [
    ...new Set([
      cwd,
      ...sandbox.writableRoots,
      ...(sandbox.excludeSlashTmp ? [] : ["/tmp"]),
      ...(sandbox.excludeTmpdir || tmpdir === undefined || tmpdir === "" ? [] : [resolve(tmpdir)]),
    ]),
  ];
}

/**
 * The protected names that are absent before a turn. They belong on the record of its run (`RunFacts.absent`), whose end removes what Codex has left
 * of them. On Linux only: elsewhere Codex's sandbox creates nothing.
 */
export function listAbsentNames(writable: readonly string[]): string[] {
  const areas = process.platform === "linux" ? writable : [];
  return areas.flatMap((area) => NAMES.map((name) => join(area, name)).filter(isAbsent));
}
