// Reads `permission_profile` in a rollout's `turn_context` (0.142 and later). It contains the rules that Codex enforced.
import { isRecord } from "../../../domain/guards.ts";
import type { PermissionRule, PermissionRules } from "../../../domain/permissions.ts";

/** Targets of the rules that make Codex's own helper programs readable. Their paths change with every run and version. */
const OWN_PROGRAMS = /\/tmp\/arg0[^/]*\/codex-arg0|\/codex-resources\//;

/**
 * A path that does not exist. The bridge has the app server deny it, because a profile with a denied path keeps the commands that a rule
 * allows inside the sandbox (docs/codex-cli.md#app-server). The denial is no limit of the user's, so it is left out of what is read back.
 */
export const NOWHERE = "/nonexistent/codex-bridge";

/** The rules, or undefined if the value is not a profile. */
export function toPermissionRules(value: unknown): PermissionRules | undefined {
  if (!isRecord(value)) return undefined;
  // Full access.
  if (value["type"] === "disabled") return { isRestricted: false, network: true, rules: [] };
  const files = value["file_system"];
  if (!isRecord(files)) return undefined;
  const entries = Array.isArray(files["entries"]) ? files["entries"].filter(isRecord) : [];
  const rules = entries.map(toRule);
  if (files["type"] !== "restricted")
    return { isRestricted: false, network: value["network"] !== "restricted", rules: [] };
  return {
    isRestricted: true,
    network: value["network"] !== "restricted",
    rules: rules.filter(
      ({ access, target }) => target !== NOWHERE && (access !== "read" || !OWN_PROGRAMS.test(target)),
    ),
  };
}

function toRule(entry: Record<string, unknown>): PermissionRule {
  const access = entry["access"];
  return {
    target: toTarget(entry["path"]),
    // An unknown word may allow anything, so it counts as the widest.
    access: access === "read" || access === "deny" ? access : access === "none" ? "deny" : "write",
    isOwn: entry["missing_path_behavior"] === "skip",
  };
}

function toTarget(path: unknown): string {
  if (!isRecord(path)) return String(path);
  if (typeof path["path"] === "string") return path["path"];
  if (typeof path["pattern"] === "string") return `glob:${path["pattern"]}`;
  const { value } = path;
  if (!isRecord(value) || typeof value["kind"] !== "string") return JSON.stringify(path);
  return typeof value["subpath"] === "string" ? `:${value["kind"]}/${value["subpath"]}` : `:${value["kind"]}`;
}
