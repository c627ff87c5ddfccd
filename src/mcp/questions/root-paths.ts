// Reads the answer to roots/list (docs/claude-code.md#roots).
import { fileURLToPath } from "node:url";
import { isRecord } from "../../domain/guards.ts";

/** More roots than this are not looked at. */
const MOST_ROOTS = 100;

/** Paths of the roots that a client named. */
export function toRootPaths(roots: unknown): string[] {
  return (Array.isArray(roots) ? roots : []).slice(0, MOST_ROOTS).flatMap(toPath);
}

// Another scheme, another host and what is no address at all name no directory of this machine.
function toPath(root: unknown): string[] {
  const uri = isRecord(root) ? root["uri"] : undefined;
  try {
    return typeof uri === "string" && uri.startsWith("file:") ? [fileURLToPath(uri)] : [];
  } catch {
    return [];
  }
}
