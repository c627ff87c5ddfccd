// Reads permission profiles in Codex's config: which one is selected, what it allows, and what it is without its writes
// (docs/codex-cli.md#permission-profiles).
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isRecord } from "../../../domain/guards.ts";
import type { JsonValue } from "../../../domain/json.ts";
import type { SandboxMode } from "../../../domain/sandbox.ts";
import { mergeTables } from "./config-layers.ts";

type Table = Readonly<Record<string, unknown>>;

/** The settings of a config that concern permission profiles. */
export interface PermissionSettings {
  /** Name of the profile for a turn without `-s`; undefined if a sandbox mode, or nothing, is selected. */
  readonly selected: string | undefined;
  /** Whether flags or machine-wide requirements selected it. If so, a project's own config cannot select another one. */
  readonly isFinal: boolean;
  /** Whether machine-wide requirements allow listed profiles only. Codex then refuses `-s`. */
  readonly isManaged: boolean;
  /** The `[permissions]` table. */
  readonly tables: Table;
}

/** What a profile allows. */
export interface ProfileSummary {
  /** The narrowest sandbox mode that allows as much. */
  readonly mode: SandboxMode;
  readonly networkAccess: boolean;
  /** Absolute paths that it may write, except those within the working directory. */
  readonly writableRoots: readonly string[];
  /** Whether `/tmp` or `$TMPDIR` stays read-only. */
  readonly excludeSlashTmp: boolean;
  readonly excludeTmpdir: boolean;
}

/** Modes of the profiles that are built into Codex. These deny nothing. */
export const BUILT_IN_PROFILES: Readonly<Record<string, SandboxMode>> = {
  ":read-only": "read-only",
  ":workspace": "workspace-write",
  ":danger-full-access": "danger-full-access",
};

/** Name of the profile that a narrowed turn runs under. It extends the user's profile. */
export const NARROWED_PROFILE = "codex-bridge-read-only";

/** The choice of one config layer; undefined if it leaves the choice to the layers below. */
export function findChoice(layer: Table): { readonly profile: string | undefined } | undefined {
  const profile = layer["default_permissions"];
  if (typeof profile === "string") return { profile };
  return typeof layer["sandbox_mode"] === "string" ? { profile: undefined } : undefined;
}

/** Summarizes what the profile `name` allows, including what it inherits. */
export function summarizeProfile(tables: Table, name: string): ProfileSummary {
  const { filesystem, network, parents, workspaceRoots } = mergeChain(tables, name);
  const writes = findWrites(filesystem);
  const isUnlimited =
    parents.includes(":danger-full-access") || writes.some((path) => path === ":root" || path === "/");
  if (isUnlimited) {
    return {
      ...NOTHING,
      mode: "danger-full-access",
      networkAccess: true,
      excludeSlashTmp: false,
      excludeTmpdir: false,
    };
  }
  const isWorkspaceWritable = writes.some((path) => path.startsWith(":workspace_roots"));
  const roots = [...writes, ...(isWorkspaceWritable ? workspaceRoots : [])].map(toAbsolute);
  return {
    ...NOTHING,
    mode: writes.length === 0 ? "read-only" : "workspace-write",
    networkAccess: network["enabled"] === true,
    writableRoots: roots.filter((root) => root !== undefined),
    excludeSlashTmp: !writes.includes(":slash_tmp") && !writes.includes("/tmp"),
    excludeTmpdir: !writes.includes(":tmpdir"),
  };
}

const NOTHING = { writableRoots: [], excludeSlashTmp: true, excludeTmpdir: true } as const;

/** Builds a profile that extends `name` without its writes and network. Each write becomes a read, key by key: replacing a whole table would drop the denies in it. */
export function toReadOnlyProfile(tables: Table, name: string): JsonValue {
  const { filesystem } = mergeChain(tables, name);
  const reads = toReads(filesystem);
  return { extends: name, network: { enabled: false }, ...(reads === undefined ? {} : { filesystem: reads }) };
}

/** Whether a profile denies reading anything, what it inherits included. */
export function deniesReads(tables: Table, name: string): boolean {
  return hasDenial(mergeChain(tables, name).filesystem);
}

function hasDenial(table: Table): boolean {
  return Object.values(table).some((value) => (isRecord(value) ? hasDenial(value) : isDenial(value)));
}

/** Whether an access word of a profile denies reading. */
export function isDenial(value: unknown): boolean {
  return value === "deny" || value === "none";
}

interface Merged {
  readonly filesystem: Table;
  readonly network: Table;
  readonly parents: readonly string[];
  readonly workspaceRoots: readonly string[];
}

/** A longer chain is a cycle, which Codex refuses. */
const MOST_PARENTS = 20;

function mergeChain(tables: Table, name: string, depth = 0): Merged {
  const profile = toTable(tables[name]);
  const parent = profile["extends"];
  const base =
    typeof parent === "string" && depth < MOST_PARENTS ? mergeChain(tables, parent, depth + 1) : toBuiltIn(name);
  const roots = Object.entries(toTable(profile["workspace_roots"]));
  return {
    filesystem: mergeTables(base.filesystem, toTable(profile["filesystem"])),
    network: mergeTables(base.network, toTable(profile["network"])),
    parents: [...base.parents, name],
    workspaceRoots: [...base.workspaceRoots, ...roots.filter(([, isRoot]) => isRoot !== false).map(([path]) => path)],
  };
}

function toBuiltIn(name: string): Merged {
  const writes = { ":workspace_roots": { ".": "write" }, ":slash_tmp": "write", ":tmpdir": "write" };
  const filesystem = name === ":workspace" ? writes : {};
  return { filesystem, network: {}, parents: [], workspaceRoots: [] };
}

// The keys of all write rules. A key within a table is joined to the table's key.
function findWrites(table: Table): string[] {
  return Object.entries(table).flatMap(([key, value]) => {
    if (value === "write") return [key];
    return isRecord(value) ? findWrites(value).map((inner) => join(key, inner)) : [];
  });
}

function toReads(table: Table): { [key: string]: JsonValue } | undefined {
  const reads: [string, JsonValue][] = Object.entries(table).flatMap(([key, value]): [string, JsonValue][] => {
    if (value === "write") return [[key, "read"]];
    const inner = isRecord(value) ? toReads(value) : undefined;
    return inner === undefined ? [] : [[key, inner]];
  });
  return reads.length === 0 ? undefined : Object.fromEntries(reads);
}

function toAbsolute(path: string): string | undefined {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return path.startsWith("/") ? resolve(path) : undefined;
}

function toTable(value: unknown): Table {
  return isRecord(value) ? value : {};
}
