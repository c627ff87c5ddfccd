// Reads `writable_roots` as Codex does (docs/codex-cli.md#config-layers).
import { join, resolve } from "node:path";

/**
 * A root of config.toml as an absolute path. `~` is the home folder, another relative path starts at Codex's home; `.`, `..` and extra
 * slashes are resolved as text, and links stay. 0.50 takes every root as it is written.
 */
export function toAbsoluteRoot(root: string, codexHome: string, home: string): string {
  const isHome = root === "~" || root.startsWith("~/");
  return resolve(codexHome, isHome ? join(home, root.slice(1)) : root);
}
