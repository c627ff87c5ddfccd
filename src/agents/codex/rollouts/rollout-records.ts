// Reads records of a rollout: the frame that Codex enforced, the class of an error, and the thread's token total.
import { isRecord } from "../../../domain/guards.ts";
import type { PermissionRules } from "../../../domain/permissions.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../../domain/sandbox.ts";
import { APPROVAL_POLICIES, type ApprovalPolicy, type TokenUsage } from "../../../domain/thread.ts";
import { toPermissionRules } from "../config/permission-rules.ts";
import { type ErrorInfo, readErrorInfo } from "../failures/error-info.ts";
import { parseRecord } from "./rollout-files.ts";

/** The frame that Codex enforced for a turn. A part is undefined if the rollout does not contain it. */
export interface FrameInForce {
  /** When it was written, epoch ms. */
  readonly at: number | undefined;
  /** Codex's id of the turn (0.120 and later). */
  readonly turnId: string | undefined;
  readonly cwd: string | undefined;
  readonly approvalPolicy: ApprovalPolicy | undefined;
  readonly model: string | undefined;
  readonly reasoningEffort: string | undefined;
  /** undefined if its form is not known here. */
  readonly sandbox: SandboxPolicy | undefined;
  /** The permission profile that Codex enforced (0.150 and later). */
  readonly profile: { readonly name: string; readonly extends: string | undefined } | undefined;
  /** The rules that Codex made of the profile or the sandbox mode (0.142 and later). */
  readonly rules: PermissionRules | undefined;
}

/** Reads the newest `turn_context` in a piece of a rollout that is not older than `since` (epoch ms); undefined if there is none. */
export function findFrameInForce(text: string, since: number): FrameInForce | undefined {
  let at: number | undefined;
  const context = findNewest(text, '"turn_context"', (record) => {
    const stamp = Date.parse(String(record["timestamp"]));
    if (record["type"] !== "turn_context" || !(stamp >= since)) return undefined;
    at = stamp;
    return record["payload"];
  });
  if (context === undefined) return undefined;
  const read = (name: string): string | undefined => {
    const value = context[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    at,
    turnId: read("turn_id"),
    cwd: read("cwd"),
    sandbox: toSandbox(context["sandbox_policy"]),
    profile: toProfile(context["active_permission_profile"]),
    rules: toPermissionRules(context["permission_profile"]),
    approvalPolicy: APPROVAL_POLICIES.find((policy) => policy === context["approval_policy"]),
    model: read("model"),
    reasoningEffort: read("effort"),
  };
}

/** `codex_error_info` of the newest finished turn in a piece of a rollout; undefined if there is none. */
export function findErrorInfo(text: string): ErrorInfo | undefined {
  const payload = findNewest(text, '"task_complete"', (record) => {
    const value = record["payload"];
    return isRecord(value) && value["type"] === "task_complete" ? value : undefined;
  });
  const error = payload?.["error"];
  return isRecord(error) ? readErrorInfo(error["codex_error_info"]) : undefined;
}

/** The thread's running token total at the end of a piece of a rollout, or undefined. */
export function findUsageTotal(text: string): TokenUsage | undefined {
  const info = findNewest(text, '"token_count"', (record) => {
    const payload = record["payload"];
    return isRecord(payload) && payload["type"] === "token_count" ? payload["info"] : undefined;
  });
  return toUsage(info?.["total_token_usage"]);
}

/** Converts Codex's usage object; undefined for anything else. */
export function toUsage(value: unknown): TokenUsage | undefined {
  if (!isRecord(value)) return undefined;
  const read = (name: string): number => (typeof value[name] === "number" ? value[name] : 0);
  return {
    inputTokens: read("input_tokens"),
    cachedInputTokens: read("cached_input_tokens"),
    outputTokens: read("output_tokens"),
    reasoningOutputTokens: read("reasoning_output_tokens"),
  };
}

/** The newest record in a piece of a rollout from which `pick` takes an object. Only lines that contain `needle` are looked at. */
export function findNewest(
  text: string,
  needle: string,
  pick: (record: Record<string, unknown>) => unknown,
): Record<string, unknown> | undefined {
  // Search from the end, and parse a line only if it contains the word: a rollout can contain megabytes of command output.
  for (let end = text.length; end > 0; ) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    const line = text.slice(start, end);
    const record = line.includes(needle) ? parseRecord(line) : undefined;
    const found = record === undefined ? undefined : pick(record);
    if (isRecord(found)) return found;
    end = start - 1;
  }
  return undefined;
}

function toProfile(value: unknown): FrameInForce["profile"] {
  if (!isRecord(value) || typeof value["id"] !== "string") return undefined;
  return { name: value["id"], extends: typeof value["extends"] === "string" ? value["extends"] : undefined };
}

// 0.50 writes `mode`, later versions `type` (docs/codex-cli.md#rollouts).
function toSandbox(value: unknown): SandboxPolicy | undefined {
  if (!isRecord(value)) return undefined;
  const kind = value["type"] ?? value["mode"];
  if (kind === "read-only") return READ_ONLY;
  if (kind === "danger-full-access") return FULL_ACCESS;
  if (kind !== "workspace-write") return undefined;
  const roots = Array.isArray(value["writable_roots"]) ? value["writable_roots"] : [];
  return {
    mode: "workspace-write",
    networkAccess: value["network_access"] === true,
    writableRoots: roots.filter((root) => typeof root === "string"),
    excludeSlashTmp: value["exclude_slash_tmp"] === true,
    excludeTmpdir: value["exclude_tmpdir_env_var"] === true,
  };
}
