// Reads a thread that the bridge did not start, but the user's terminal or another tool. Its frame is the frame of its last turn.
import { join } from "node:path";
import { type HeldProfile, hasDenies } from "../../../domain/permissions.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { KnownThread, ThreadScope } from "../../agent-backend.ts";
import { BUILT_IN_PROFILES, NARROWED_PROFILE } from "../config/permission-profile.ts";
import { findArchivedRollout, findCompressedRollout, findRollout } from "./rollout-files.ts";
import { type FrameInForce, findFrameInForce } from "./rollout-records.ts";
import { findLastLine } from "./rollout-search.ts";

/** Number of bytes from the end in which a recent turn is searched. */
const RECENT_BYTES = 33_554_432;

/** Reads the frame of a thread's last turn from its rollout. With `recent` only the end of a large rollout is searched. */
export function findForeignThread(
  codexHome: string,
  threadId: string,
  backend: string,
  scope: ThreadScope = "whole",
): KnownThread {
  // An archived thread counts too: Codex says what to do when it is resumed.
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
  const message = `The thread ${threadId} has no turn with a known directory and sandbox, so it cannot be continued here.`;
  return { kind: "unusable", message };
}

function toCompressed(threadId: string, path: string): KnownThread {
  return {
    kind: "unusable",
    message: `The thread ${threadId} was started elsewhere, and its file is compressed (${path}). So its directory and sandbox are not known here.`,
    nextStep: `Ask the user to open it once with \`codex resume ${threadId}\`, which unpacks the file, then call again.`,
  };
}

function toFrame(last: FrameInForce | undefined, codexHome: string, backend: string): ThreadFrame | undefined {
  if (last?.cwd === undefined || last.sandbox === undefined) return undefined;
  // 0.120 adds its memories folder itself (docs/codex-cli.md#sandbox). If it were kept, it would look like a root that the caller named.
  const permissions = toHeldProfile(last);
  const writableRoots = last.sandbox.writableRoots.filter((root) => root !== join(codexHome, "memories"));
  return {
    cwd: last.cwd,
    sandbox: { ...last.sandbox, writableRoots },
    permissions,
    // A policy in an unknown form counts as the one that asks most.
    approvalPolicy: last.approvalPolicy ?? "untrusted",
    model: last.model,
    reasoningEffort: last.reasoningEffort,
    own: {},
    backend,
  };
}

// The profile of the thread's last turn. If the bridge had narrowed it, the user's profile is the one that it extends. Denies without a profile
// name (0.142) are kept, so that the next turn can be compared with them.
function toHeldProfile({ profile, rules }: FrameInForce): HeldProfile | undefined {
  const isReadOnly = profile?.name === NARROWED_PROFILE;
  const name = isReadOnly ? profile?.extends : profile?.name;
  if (name !== undefined && !(name in BUILT_IN_PROFILES)) return { name, isReadOnly, rules };
  return hasDenies(rules) ? { isReadOnly: false, rules } : undefined;
}
