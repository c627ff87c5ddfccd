// Checks the bridge's entries in Codex without starting any: which of them Codex starts, and where each stands.
import { toOwnCommand } from "../../../domain/own-command.ts";
import { toShellWords } from "../../../domain/shell-words.ts";
import { CODEX_PLUGIN } from "../../files/codex-entry.ts";
import { type Finding, failed, mergeFindings, ok, warning } from "../check.ts";
import { type EntryContext, findMissing, pickBridges, pickMemoryServers } from "../own-entries.ts";
import { checkCodexCopy } from "../plugin-copies.ts";
import type { CodexEntry, CodexServers } from "./codex-entries.ts";
import { checkKeys, checkMemoryKeys, describeKeys, type KeyScope } from "./entry-keys.ts";

/** What they are judged by. */
export interface EntryScope extends KeyScope, EntryContext {
  /** Of this program. */
  readonly version: string;
}

/** The bridge's entries among Codex's servers, those that are off included. */
export function pickCodexBridges({ entries }: CodexServers, scope: EntryContext): CodexEntry[] {
  return pickBridges(entries, scope);
}

/** The entries that start the shared memory alone, those that are off included. */
export function pickCodexMemories({ entries }: CodexServers, scope: EntryContext): CodexEntry[] {
  return pickMemoryServers(entries, scope);
}

/** Whether Codex can start an entry. Where it stands may be gone. */
export function canStart(entry: CodexEntry, scope: EntryContext): boolean {
  return entry.isEnabled && findMissing(entry, ofEntry(entry, scope)) === undefined;
}

/** Checks every entry, and the plugin. None at all is well: not everybody lives in Codex. */
export function checkEntries(servers: CodexServers, scope: EntryScope): Finding {
  const bridges = pickCodexBridges(servers, scope);
  const started = bridges.filter((entry) => canStart(entry, scope));
  const plugins = servers.plugins.filter(({ id }) => id === CODEX_PLUGIN);
  const gone = plugins.filter(({ folder }) => folder === undefined);
  const memories = pickCodexMemories(servers, scope).flatMap((entry) => judgeMemory(entry, scope));
  const findings = [
    ...bridges.flatMap((entry) => judge(entry, servers, scope)),
    ...started.slice(1).map((entry) => toSecond(entry, started[0] ?? entry)),
    ...gone.map(({ id }) => failed(`the plugin ${id} is on, but Codex has no copy of it`, reinstall(id))),
    ...plugins.flatMap((plugin) => checkCodexCopy(plugin, scope.version, scope.ownPath)),
  ];
  const none = ok(`not registered in Codex; \`${toInit(scope)}\` does that, if Codex is to call Claude`);
  return mergeFindings([...(findings.length === 0 ? [none] : findings), ...memories]);
}

function judgeMemory(entry: CodexEntry, scope: EntryScope): Finding[] {
  const found = `${describe(entry)}: the shared memory alone`;
  if (!entry.isEnabled) return [ok(`${found}, off`)];
  const missing = findMissing(entry, ofEntry(entry, scope));
  if (missing === undefined) return [ok(found), ...checkMemoryKeys(entry, scope)];
  const { name, args } = entry;
  const words = [...toOwnCommand(scope.ownPath), ...args.slice(args.indexOf("memory-server"))];
  const add = toShellWords(["codex", "mcp", "add", name, "--", ...words]);
  return [
    failed(`${found}; ${missing} is not there`, `Remove it and register again: \`${toRemoval(entry)} && ${add}\`.`),
  ];
}

function judge(entry: CodexEntry, servers: CodexServers, scope: EntryScope): Finding[] {
  const found = describe(entry);
  if (!entry.isEnabled) return [judgeOff(entry, servers)];
  const missing = findMissing(entry, ofEntry(entry, scope));
  if (missing !== undefined) return [failed(`${found}: ${missing} is not there`, toReplacement(entry, scope))];
  return [ok(`${found}: ${describeKeys(entry, scope)}`), ...checkKeys(entry, scope)];
}

function describe({ name, place }: CodexEntry): string {
  if (place === undefined) return `"${name}" (of a project or a layer that was not read)`;
  return place.kind === "plugin" ? `"${name}" of the plugin ${place.name}` : `"${name}" (${place.name})`;
}

// It takes the place of the plugin's server, which then has none (docs/codex-cli.md#plugins).
function judgeOff(entry: CodexEntry, { plugins }: CodexServers): Finding {
  const { name, place } = entry;
  const found = `${describe(entry)} is off`;
  const isOn = plugins.some(({ id }) => id === CODEX_PLUGIN);
  if (!isOn || place?.kind !== "file") return ok(found);
  return warning(
    `${found}, and takes the place of the server of ${CODEX_PLUGIN}, whose skills have no tools then`,
    `Set enabled = true there, or remove it: \`${toShellWords(["codex", "mcp", "remove", name])}\`.`,
  );
}

function toSecond(entry: CodexEntry, first: CodexEntry): Finding {
  // The skills of the plugin name its server, so another entry is the one to go.
  const extra = entry.place?.kind === "plugin" ? first : entry;
  return warning(
    `Codex starts the bridge twice, as "${first.name}" and as "${entry.name}"`,
    `Both offer the same tools. Remove one: \`${toRemoval(extra)}\`.`,
  );
}

function toReplacement(entry: CodexEntry, scope: EntryContext): string {
  if (entry.place?.kind === "plugin") return reinstall(entry.place.name);
  return `Remove it and register again: \`${toRemoval(entry)} && ${toInit(scope)}\`.`;
}

function toRemoval({ name, place }: CodexEntry): string {
  return place?.kind === "plugin"
    ? toShellWords(["codex", "plugin", "remove", place.name])
    : toShellWords(["codex", "mcp", "remove", name]);
}

function reinstall(id: string): string {
  return `Install it again: \`${toShellWords(["codex", "plugin", "add", id])}\`.`;
}

function toInit({ ownPath }: Pick<EntryContext, "ownPath">): string {
  return toShellWords([...toOwnCommand(ownPath), "init", "--only", "codex"]);
}

function ofEntry({ env, cwd }: CodexEntry, scope: EntryContext): EntryContext {
  return { ...scope, env: { ...scope.env, ...env }, cwd: cwd ?? scope.cwd };
}
