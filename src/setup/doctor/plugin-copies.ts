// Copies of the plugins that are of another version: Claude Code and Codex keep one each, and the update of the package does not change it.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readBridgeVersion } from "../../agents/codex/program/bridge-program.ts";
import type { EnabledPlugin } from "../../clients/claude-code/plugins.ts";
import { toShellWords } from "../../domain/shell-words.ts";
import { CODEX_PLUGIN } from "../files/codex-entry.ts";
import { type Finding, warning } from "./check.ts";
import type { CodexPlugin } from "./codex-side/codex-entries.ts";

/** Where the server lies in a plugin. */
const PROGRAM = "dist/bin.js";

/** Compares the plugin that Claude Code uses with this program. */
export function checkCopy({ id, folder }: EnabledPlugin, version: string): Finding[] {
  const [, marketplace = ""] = id.split("@");
  const isCopy = /\/plugins\/cache\//.test(folder);
  const steps = [
    ["claude", "plugin", "marketplace", "update", marketplace],
    ["claude", "plugin", "update", id],
  ].map(toShellWords);
  const advice = isCopy
    ? `Update it: \`${steps.join(" && ")}\`, then start claude anew.`
    : `Update the package that ${folder} belongs to, or install the plugin from this one.`;
  return compare(`Claude Code uses ${id}`, folder, version, advice);
}

/** Compares the copy of Codex with this program, which lies at `ownPath`. */
export function checkCodexCopy({ folder, source }: CodexPlugin, version: string, ownPath: string): Finding[] {
  if (folder === undefined) return [];
  const marketplace = findMarketplace(ownPath);
  // Codex keeps the folder that it was given first, and refuses another one of that name (0.142 to 0.169).
  const [, name = ""] = CODEX_PLUGIN.split("@");
  const move =
    marketplace === undefined || marketplace === source
      ? []
      : [
          ["codex", "plugin", "marketplace", "remove", name],
          ["codex", "plugin", "marketplace", "add", marketplace],
        ];
  const steps = [...move, ["codex", "plugin", "add", CODEX_PLUGIN]].map(toShellWords).join(" && ");
  return compare(`Codex works with a copy of ${CODEX_PLUGIN}`, folder, version, `Install it again: \`${steps}\`.`);
}

// Beside the program, or around it.
function findMarketplace(ownPath: string): string | undefined {
  const root = dirname(dirname(ownPath));
  return [join(root, "dist-plugin"), dirname(root)].find((folder) =>
    existsSync(join(folder, ".agents/plugins/marketplace.json")),
  );
}

function compare(what: string, folder: string, version: string, advice: string): Finding[] {
  const copied = readBridgeVersion(join(folder, PROGRAM));
  if (copied === undefined || copied === version) return [];
  return [warning(`${what}, which is version ${copied} (${folder}); this program is ${version}`, advice)];
}
