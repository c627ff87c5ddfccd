// Reads the permission rules of Claude Code's settings that apply in a directory.
import { isRecord } from "../../domain/guards.ts";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import { type ClaudeContext, EVERYWHERE, listSettingsFiles, MANAGED_SETTINGS } from "./config-files.ts";

/** What a rule does with a tool. */
const KINDS = ["deny", "ask", "allow"] as const;

/** A rule as it is written. */
export interface PermissionRule {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
  readonly file: string;
  /**
   * Whether an allow rule counts only once the project is trusted (docs/claude-code.md; deny and ask count at once): those of
   * `settings.json` do; those of `settings.local.json` do where git tracks the file, since they came with a clone then.
   */
  readonly needsTrust: "no" | "yes" | "if tracked";
}

/** Every rule, including the administrator's. An unreadable file counts as empty; reading the registrations reports it. */
export function readPermissionRules(claude: ClaudeContext): PermissionRule[] {
  const files: { file: string; reach: string }[] = [
    { file: MANAGED_SETTINGS, reach: EVERYWHERE },
    ...listSettingsFiles(claude),
  ];
  const isFirst = (at: number, file: string): boolean => files.findIndex((other) => other.file === file) === at;
  return files.flatMap(({ file, reach }, at) => {
    const permissions = isFirst(at, file) ? readPermissions(file) : {};
    const needsTrust = toTrustNeed(file, reach);
    return KINDS.flatMap((kind) => {
      const texts = permissions[kind];
      return Array.isArray(texts)
        ? texts
            .filter((text) => typeof text === "string")
            .map((text): PermissionRule => ({ kind, text, file, needsTrust }))
        : [];
    });
  });
}

function toTrustNeed(file: string, reach: string): PermissionRule["needsTrust"] {
  if (reach === EVERYWHERE) return "no";
  return file.endsWith(".local.json") ? "if tracked" : "yes";
}

function readPermissions(file: string): Record<string, unknown> {
  try {
    const settings: unknown = JSON.parse((readSmallTextIfAny(file) ?? "{}").replace(/^\ufeff/, ""));
    return isRecord(settings) && isRecord(settings["permissions"]) ? settings["permissions"] : {};
  } catch {
    return {};
  }
}

/** The prefix of a server's tool names. Claude Code replaces characters that it does not allow by `_`. */
export function toToolPrefix(server: string): string {
  return `mcp__${server.replace(/[^A-Za-z0-9_-]/g, "_")}`;
}

/** Whether a rule applies to a tool: by its server, its name or a pattern. Text in brackets narrows a rule. */
export function isRuleFor(text: string, prefix: string, tool: string): boolean {
  const name = text.replace(/\(.*\)$/s, "").trim();
  if (name === prefix) return true;
  const parts = name.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(`${prefix}__${tool}`);
}
