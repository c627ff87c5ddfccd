// Decides which trust a run gives to the folders of a project. Codex then applies the `.codex` folders that the user has approved and no
// others, and writes nothing into the user's config.toml.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import type { SandboxMode } from "../../../domain/sandbox.ts";
import type { CodexRulesMode } from "../config/command-rules.ts";
import type { ProjectEntries, ProjectLayers } from "../config/project-layers.ts";
import { describeMissingTrust, type TrustFolders } from "../config/trust.ts";
import type { ExecCapabilities } from "../program/capabilities.ts";
import type { Trust } from "./sandbox-overrides.ts";

/** What the decision depends on. */
export interface TrustScope {
  readonly mode: SandboxMode;
  readonly trustFolders: TrustFolders;
  readonly layers: ProjectLayers;
  readonly entries: ProjectEntries;
  readonly rulesMode: CodexRulesMode;
}

/** The decision: the trust for a run by folder, and warnings for the user. */
export interface TrustChoice {
  readonly trust: Trust;
  readonly warnings: readonly string[];
}

type Capabilities = Pick<ExecCapabilities, "trustLevel" | "hasThreadSource" | "readsProjects">;

/** Decides. Throws SANDBOX_DENIED if this CLI would start programs of an unapproved folder with any trust. */
export function chooseTrust(exec: Capabilities, scope: TrustScope): TrustChoice {
  if (!exec.readsProjects) return { trust: {}, warnings: [] };
  const closed = findClosed(exec, scope);
  const hidden = findUnnamed(exec, scope);
  const level = exec.trustLevel ?? "untrusted";
  const trust = { ...toTrust(hidden, level), ...toTrust(closed, "untrusted") };
  const isHidden = level === "untrusted" && hidden.includes(scope.trustFolders.root);
  const missing = isHidden && closed.length === 0 ? describeMissingTrust(scope.trustFolders, exec) : undefined;
  const warnings = [missing, describeClosed(closed, exec, scope)].filter((text) => text !== undefined);
  return { trust, warnings };
}

// Unapproved folders that Codex would trust because of another folder's entry. They are made untrusted. Only these, since from 0.150 on an
// untrusted directory loses its AGENTS.md too.
function findClosed(exec: Capabilities, { trustFolders, layers, entries, rulesMode }: TrustScope): readonly string[] {
  const { folders, root, isUnproved } = trustFolders;
  const { trustedProjects } = entries;
  const isLent = [...folders, root].some((folder) => trustedProjects.includes(folder));
  const isForged = isUnproved && !exec.hasThreadSource && trustedProjects.length > 0;
  // 0.142 to 0.166 apply the command rules of a project without an entry too.
  const isOpen = rulesMode === "honour" && exec.trustLevel === "untrusted";
  return isLent || isForged || isOpen ? layers.foreign : [];
}

// Folders without an entry, under whose name Codex could write one for the project.
function findUnnamed(exec: Capabilities, { mode, trustFolders, layers, entries }: TrustScope): string[] {
  const { folders, top, root } = trustFolders;
  if (exec.trustLevel === undefined || mode === "read-only") return [];
  const isNamed = entries.projects.includes(root);
  if (exec.trustLevel === "trusted") {
    if (isNamed) return [];
    if (layers.foreign.some(startsPrograms)) throw wouldStartPrograms();
    return [folders[0] ?? top, root].filter((folder) => !entries.projects.includes(folder));
  }
  // Folders between the directory and a root with an entry follow that entry, so they need none.
  const candidates = isNamed ? folders.slice(folders.indexOf(top) + 1) : [...folders, root];
  return candidates.filter((folder) => !entries.projects.includes(folder));
}

function startsPrograms(folder: string): boolean {
  return ["config.toml", "hooks.json"].some((name) => existsSync(join(folder, ".codex", name)));
}

function wouldStartPrograms(): BridgeError {
  return new BridgeError(
    "SANDBOX_DENIED",
    "This Codex CLI would apply the project's own .codex/config.toml, which can start programs outside the sandbox.",
    {
      nextStep:
        "Use sandbox read-only, or ask the user to trust the project in config.toml or to update the Codex CLI.",
    },
  );
}

function describeClosed(
  closed: readonly string[],
  { hasThreadSource }: Capabilities,
  { trustFolders }: TrustScope,
): string | undefined {
  if (closed.length === 0) return undefined;
  const [cwd = ""] = trustFolders.folders;
  const instructions = hasThreadSource && closed.includes(cwd) ? " (AGENTS.md was not read either)" : "";
  return (
    `Codex did not apply ${closed.map((folder) => join(folder, ".codex")).join(", ")}${instructions}: a turn may have written it, and ` +
    'config.toml has no entry for that folder. The user can approve the folder there with trust_level = "trusted".'
  );
}

function toTrust(folders: readonly string[], level: string): Record<string, string> {
  return Object.fromEntries(folders.map((folder) => [folder, level]));
}
