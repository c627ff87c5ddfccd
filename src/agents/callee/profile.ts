// The permission profile of a callee's sandbox. The more exact path wins, whatever the order (docs/claude-code.md#inside-codexs-sandbox).
import { join } from "node:path";
import type { JsonValue } from "../../domain/json.ts";
import { isInside } from "../../domain/sandbox.ts";
import { findRealPath } from "../../files/real-path.ts";
import type { CalleeFrame } from "./callee-sandbox.ts";

/** Names in a writable directory by which it tells other agents what to start. Codex itself protects `.git`, `.codex` and `.agents`. */
const PROTECTED = [".claude", ".gemini", ".mcp.json"];

/** What a profile closes, with links resolved. */
export interface ClosedPaths {
  /** These stay read-only. */
  readonly guarded: readonly string[];
  /** These cannot even be seen. */
  readonly hidden: readonly string[];
}

/** The directories of the user's that a frame lets be written. */
export function listAreas(cwd: string, { sandbox }: CalleeFrame): string[] {
  return sandbox.mode === "workspace-write" ? [cwd, ...sandbox.writableRoots] : [];
}

/** Builds it. */
export function toCalleeProfile(
  areas: readonly string[],
  ownFolders: readonly string[],
  { guarded, hidden }: ClosedPaths,
): JsonValue {
  const names = areas.flatMap((area) => PROTECTED.map((name) => join(area, name)));
  const inside = guarded.filter((path) => areas.some((area) => isInside(path, area)));
  // Codex would put an empty file in the place of one that is missing, in the user's directory.
  const reads = [...names, ...inside].flatMap((path) => findRealPath(path) ?? []);
  const filesystem = Object.fromEntries([
    ...hidden.map((path) => [path, "deny"] as const),
    ...areas.map((path) => [path, "write"] as const),
    ...reads.map((path) => [path, "read"] as const),
    ...ownFolders.map((path) => [path, "write"] as const),
  ]);
  return { extends: ":read-only", filesystem, network: { enabled: true } };
}
