// Reads a thread that the bridge did not start (the user's terminal, another tool). Its frame is that of its last turn.
import { join } from "node:path";
import { type HeldProfile, hasDenies } from "../../../domain/permissions.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { KnownThread, ThreadScope } from "../../agent-backend.ts";
import { BUILT_IN_PROFILES, NARROWED_PROFILE } from "../config/permission-profile.ts";
import { findArchivedRollout, findCompressedRollout, findRollout } from "./rollout-files.ts";
import { type FrameInForce, findFrameInForce } from "./rollout-records.ts";
import { findLastLine } from "./rollout-search.ts";

/** How far back the frame of a recent turn is looked for. */
const RECENT_BYTES = 33_554_432;

/** Reads the frame of a thread's last turn from its rollout. `recent`: only from the end of a large one. */
export function findForeignThread(
  codexHome: string,
  threadId: string,
  backend: string,
  scope: ThreadScope = "whole",
): KnownThread {
  // An archived one too: Codex itself then says what to do about it.
  const path = findRollout(codexHome, threadId) ?? findArchivedRollout(codexHome, threadId);
  if (path === undefined) {
    const compressed = findCompressedRollout(codexHome, threadId);
    return compressed === undefined ? { kind: "unknown" } : toCompressed(threadId, compressed);
  }
  const pick = (line: string) => findFrameInForce(line, 0);
  const mostBytes = scope === "recent" ? RECENT_BYTES : undefined;
  const { found } = findLastLine(path, { needle: '"turn_context"', pick, mostBytes });
  const frame = toFrame(found, codexHome, backend);
  if (frame !== undefined) return { kind: "found", frame, turnAt: found?.at };
  const message = `The thread ${threadId} has no turn whose directory and sandbox could be kept.`;
  return { kind: "unusable", message };
}

function toCompressed(threadId: string, path: string): KnownThread {
  return {
    kind: "unusable",
    message: `The thread ${threadId} was started elsewhere and its file is compressed (${path}), so its directory and sandbox are not known here.`,
    nextStep: `Ask the user to open it once with \`codex resume ${threadId}\`, which unpacks the file, then call again.`,
  };
}

function toFrame(last: FrameInForce | undefined, codexHome: string, backend: string): ThreadFrame | undefined {
  if (last?.cwd === undefined || last.sandbox === undefined) return undefined;
  // 0.120 adds its memories folder by itself (docs/codex-cli.md#sandbox). Passed back, it would become the caller's.
  const permissions = toHeldProfile(last);
  const writableRoots = last.sandbox.writableRoots.filter((root) => root !== join(codexHome, "memories"));
  return {
    cwd: last.cwd,
    sandbox: { ...last.sandbox, writableRoots },
    permissions,
    // The policy is in a form that is not known here. A policy that asks widens least.
    approvalPolicy: last.approvalPolicy ?? "untrusted",
    model: last.model,
    reasoningEffort: last.reasoningEffort,
    own: {},
    backend,
  };
}

// The profile of its last turn. A profile that the bridge itself narrowed extends the user's. Denies without a name (0.142) are kept for
// comparison.
function toHeldProfile({ profile, rules }: FrameInForce): HeldProfile | undefined {
  const isReadOnly = profile?.name === NARROWED_PROFILE;
  const name = isReadOnly ? profile?.extends : profile?.name;
  if (name !== undefined && !(name in BUILT_IN_PROFILES)) return { name, isReadOnly, rules };
  return hasDenies(rules) ? { isReadOnly: false, rules } : undefined;
}
