// The permission rules of Claude Code's settings that hold in a directory. Only read.
import { isRecord } from "../../domain/guards.ts";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import { type ClaudePlaces, EVERYWHERE, listSettingsFiles, MANAGED_SETTINGS } from "./places.ts";

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

/** Every rule, those of whoever administers the machine among them. A file that cannot be read has none: reading registrations tells of it. */
export function readPermissionRules(places: ClaudePlaces): PermissionRule[] {
  const files: { file: string; reach: string }[] = [
    { file: MANAGED_SETTINGS, reach: EVERYWHERE },
    ...listSettingsFiles(places),
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

/** What the names of a server's tools begin with: Claude Code writes `_` for what its names do not take. */
export function toToolPrefix(server: string): string {
  return `mcp__${server.replace(/[^A-Za-z0-9_-]/g, "_")}`;
}

/** Whether a rule speaks of a tool: of its whole server, by its name, or by a pattern; what stands in brackets narrows it. */
export function isRuleFor(text: string, prefix: string, tool: string): boolean {
  const name = text.replace(/\(.*\)$/s, "").trim();
  if (name === prefix) return true;
  const parts = name.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(`${prefix}__${tool}`);
}
