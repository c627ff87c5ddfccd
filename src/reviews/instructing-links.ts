// Where links lead that Codex follows to its instructions. A change need not touch AGENTS.md to change what Codex reads there.
import { readdirSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join, parse } from "node:path";
import { isInside } from "../domain/sandbox.ts";

/** Linux gives up after as many links. */
const MOST_LINKS = 40;

/** The absolute paths that a path is resolved by: each link on the way, and where it ends, whether that exists or not. */
export function followPath(path: string): string[] {
  const { root } = parse(path);
  const links: string[] = [];
  let rest = path.slice(root.length).split("/");
  let here = root;
  for (let part = rest.shift(); part !== undefined && links.length <= MOST_LINKS; part = rest.shift()) {
    const next = part === ".." ? dirname(here) : join(here, part);
    const target = next === here || part === ".." ? undefined : readLink(next);
    if (target === undefined) {
      here = next;
    } else {
      links.push(next);
      if (isAbsolute(target)) here = root;
      rest = [...target.split("/"), ...rest];
    }
  }
  return [...links, here];
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Folders from `cwd` up to `top`: Codex looks in each. Both are absolute. */
export function listFolders(cwd: string, top: string): string[] {
  if (!isInside(cwd, top)) return [cwd];
  const folders = [cwd];
  for (let folder = cwd; folder !== top && folder !== dirname(folder); ) {
    folder = dirname(folder);
    folders.push(folder);
  }
  return folders;
}

/** Of Codex's folders in a project: settings, rules for commands, hooks, skills and subagents. Not all of `.codex`, which may be Codex's home. */
const PARTS = [
  ".agents/skills",
  ".codex/skills",
  ".codex/rules",
  ".codex/agents",
  ".codex/config.toml",
  ".codex/hooks.json",
];
/** A skill may come with a library. */
const MOST_ENTRIES = 5_000;

/** What Codex reads of its own folders in a project's folder: absolute paths as in `followPath`. `isWhole` is false where there are too many. */
export function followSettings(folder: string): { readonly paths: readonly string[]; readonly isWhole: boolean } {
  const paths = new Set<string>();
  const waiting: Entry[] = PARTS.map((part) => ({ path: join(folder, part), kind: "link" }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const trail = next.kind === "link" ? followPath(next.path) : [next.path];
    const end = trail.at(-1) ?? next.path;
    const isKnown = paths.has(end);
    for (const one of trail) paths.add(one);
    if (!isKnown && next.kind !== "other") for (const entry of listEntries(end)) waiting.push(entry);
    if (paths.size + waiting.length > MOST_ENTRIES) return { paths: [...paths], isWhole: false };
  }
  return { paths: [...paths], isWhole: true };
}

interface Entry {
  readonly path: string;
  readonly kind: "link" | "folder" | "other";
}

// What is no folder, or cannot be read, has none: Codex cannot read it either.
function listEntries(path: string): Entry[] {
  try {
    return readdirSync(path, { withFileTypes: true }).map((entry) => ({
      path: join(path, entry.name),
      kind: entry.isFile() ? "other" : entry.isDirectory() ? "folder" : "link",
    }));
  } catch {
    return [];
  }
}
