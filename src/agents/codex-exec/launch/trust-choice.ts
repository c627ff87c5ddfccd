// Which trust a run gives to the folders of a project, so that Codex applies what the user has approved and nothing else, and enters
// nothing into the user's config.toml.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import type { SandboxMode } from "../../../domain/sandbox.ts";
import type { CodexRulesMode } from "../../codex/config/command-rules.ts";
import type { ProjectEntries, ProjectLayers } from "../../codex/config/project-layers.ts";
import { describeMissingTrust, type TrustFolders } from "../../codex/config/trust.ts";
import type { ExecCapabilities } from "../../codex/program/capabilities.ts";
import type { ExecRun } from "./args.ts";

/** What the choice goes by. */
export interface TrustScope {
  readonly mode: SandboxMode;
  readonly trustFolders: TrustFolders;
  readonly layers: ProjectLayers;
  readonly entries: ProjectEntries;
  readonly rulesMode: CodexRulesMode;
}

/** Trust to give for a run, and what the user should know of it. */
export interface TrustChoice {
  readonly trust: ExecRun["trust"];
  readonly warnings: readonly string[];
}

type Capabilities = Pick<ExecCapabilities, "trustLevel" | "hasThreadSource" | "readsProjects">;

/** Decides it. Throws SANDBOX_DENIED where no trust that this CLI can be given would do. */
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

// Folders whose `.codex` somebody else's trust would open. Only these: from 0.150 on an untrusted directory loses its AGENTS.md too.
function findClosed(exec: Capabilities, { trustFolders, layers, entries, rulesMode }: TrustScope): readonly string[] {
  const { folders, root, isUnproved } = trustFolders;
  const { trustedProjects } = entries;
  const isLent = [...folders, root].some((folder) => trustedProjects.includes(folder));
  const isForged = isUnproved && !exec.hasThreadSource && trustedProjects.length > 0;
  // 0.142 to 0.166 apply the command rules of a project without an entry too.
  const isOpen = rulesMode === "honour" && exec.trustLevel === "untrusted";
  return isLent || isForged || isOpen ? layers.foreign : [];
}

// Folders under whose name Codex could enter the project.
function findUnnamed(exec: Capabilities, { mode, trustFolders, layers, entries }: TrustScope): string[] {
  const { folders, top, root } = trustFolders;
  if (exec.trustLevel === undefined || mode === "read-only") return [];
  const isNamed = entries.projects.includes(root);
  if (exec.trustLevel === "trusted") {
    if (isNamed) return [];
    if (layers.foreign.some(startsPrograms)) throw wouldStartPrograms();
    return [folders[0] ?? top, root].filter((folder) => !entries.projects.includes(folder));
  }
  // What lies between the directory and a root that has an entry goes by that entry.
  const candidates = isNamed ? folders.slice(folders.indexOf(top) + 1) : [...folders, root];
  return candidates.filter((folder) => !entries.projects.includes(folder));
}

function startsPrograms(folder: string): boolean {
  return ["config.toml", "hooks.json"].some((name) => existsSync(join(folder, ".codex", name)));
}

function wouldStartPrograms(): BridgeError {
  return new BridgeError(
    "SANDBOX_DENIED",
    "This Codex CLI would apply the project's own .codex/config.toml, which may start programs outside the sandbox.",
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
  const instructions = hasThreadSource && closed.includes(cwd) ? ", nor was AGENTS.md read" : "";
  return (
    `Not applied${instructions}: ${closed.map((folder) => join(folder, ".codex")).join(", ")}. A turn may have written it, and config.toml has ` +
    'no entry for that folder itself. The user can approve it there with trust_level = "trusted".'
  );
}

function toTrust(folders: readonly string[], level: string): Record<string, string> {
  return Object.fromEntries(folders.map((folder) => [folder, level]));
}
