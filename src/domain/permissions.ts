// Codex's permission profiles: what the user's config denies and allows instead of a sandbox mode, and when one set of rules is
// wider than another.
import { isInside } from "./sandbox.ts";

/** The permission profile that a thread runs under instead of a sandbox mode. */
export interface HeldProfile {
  /** Its name in the user's Codex config; undefined if Codex denies paths without naming a profile (0.142, or machine-wide requirements). */
  readonly name?: string | undefined;
  /** True if its writes and network were taken away because a caller asked for read-only. Its denies stay. */
  readonly isReadOnly: boolean;
  /** The rules that Codex made of it in the newest turn; absent until they were read back once. */
  readonly rules?: PermissionRules | undefined;
}

/** The rules of a profile as Codex put them in force. */
export interface PermissionRules {
  /** False if no rule limits files at all. */
  readonly isRestricted: boolean;
  readonly network: boolean;
  readonly rules: readonly PermissionRule[];
}

/** One rule. A more specific rule wins. */
export interface PermissionRule {
  /** An absolute path, a name such as `:root` or `:tmpdir`, or `glob:` with a pattern. */
  readonly target: string;
  readonly access: "read" | "write" | "deny";
  /** True for folders that Codex protects by itself inside a writable folder (`.git`, `.codex`). */
  readonly isOwn: boolean;
}

/** Folders that Codex keeps read-only inside a writable one, unless a rule names them. */
const PROTECTED = [".git", ".codex", ".agents", ".aws"];

/** What the rules `now` allow in addition to those `before`, in words; empty if nothing. */
export function describeRulesWidening(now: PermissionRules, before: PermissionRules): string[] {
  if (!before.isRestricted) return [];
  if (!now.isRestricted) return ["no rule for files"];
  const writes = select(now, "write");
  const lostReads = before.rules
    .filter(({ access, isOwn, target }) => access === "read" && !isOwn && !isProtected(target))
    .filter(({ target }) => !now.rules.some((rule) => rule.target === target && rule.access !== "write"))
    .filter(({ target }) => isCovered(target, writes));
  const extraWrites = writes.filter((target) => !mayWrite(before, target));
  return [
    ...(now.network && !before.network ? ["network access"] : []),
    ...describeLostDenies(now, before),
    ...[...new Set([...extraWrites, ...lostReads.map(({ target }) => target)])].map((target) => `write to ${target}`),
    ...select(now, "read")
      .filter((target) => !isCovered(target, [...select(before, "read"), ...select(before, "write")]))
      .map((target) => `read of ${target}`),
  ];
}

/** The denies of `before` that are missing in `now`, in words. */
export function describeLostDenies(now: PermissionRules, before: PermissionRules): string[] {
  const denied = select(now, "deny");
  return select(before, "deny")
    .filter((target) => !isCovered(target, denied))
    .map((target) => `${target} is no longer denied`);
}

/** Whether the rules deny anything. */
export function hasDenies(rules: PermissionRules | undefined): boolean {
  return rules !== undefined && select(rules, "deny").length > 0;
}

// A folder that Codex protects is writable only if a rule of its own says so.
function mayWrite(rules: PermissionRules, target: string): boolean {
  const writes = select(rules, "write");
  return isProtected(target) ? writes.includes(target) : isCovered(target, writes);
}

function isCovered(target: string, known: readonly string[]): boolean {
  return known.some(
    (other) =>
      other === target ||
      other === ":root" ||
      (target.startsWith("/") && other.startsWith("/") && isInside(target, other)),
  );
}

function isProtected(target: string): boolean {
  return PROTECTED.some((name) => target.endsWith(`/${name}`));
}

function select(rules: PermissionRules, access: PermissionRule["access"]): string[] {
  return rules.rules.filter((rule) => rule.access === access).map(({ target }) => target);
}
