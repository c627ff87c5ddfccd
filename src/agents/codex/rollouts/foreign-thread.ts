// A thread that the bridge did not start (the user's terminal, another tool): its frame is that of its last turn.
import { join } from "node:path";
import { type HeldProfile, hasDenies } from "../../../domain/permissions.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import { BUILT_IN_PROFILES, NARROWED_PROFILE } from "../config/permission-profile.ts";
import { findArchivedRollout, findCompressedRollout, findRollout } from "./rollout-files.ts";
import { type FrameInForce, findFrameInForce } from "./rollout-records.ts";
import { findLastLine } from "./rollout-search.ts";

/** What Codex knows of such a thread. */
export type ForeignThread =
  | { readonly kind: "unknown" }
  /** Its file is compressed, which is not read here. */
  | { readonly kind: "compressed"; readonly path: string }
  /** It has no turn, or one that this bridge cannot read: its frame is not known, so it cannot be kept. */
  | { readonly kind: "without a frame" }
  | { readonly kind: "found"; readonly frame: ThreadFrame };

/** Reads the frame of a thread's last turn from its rollout, in the last `mostBytes` of it where that is given. */
export function readForeignThread(
  codexHome: string,
  threadId: string,
  backend: string,
  mostBytes?: number,
): ForeignThread {
  // An archived one too: Codex itself then says what to do about it.
  const path = findRollout(codexHome, threadId) ?? findArchivedRollout(codexHome, threadId);
  if (path === undefined) {
    const compressed = findCompressedRollout(codexHome, threadId);
    return compressed === undefined ? { kind: "unknown" } : { kind: "compressed", path: compressed };
  }
  const pick = (line: string) => findFrameInForce(line, 0);
  const { found } = findLastLine(path, { needle: '"turn_context"', pick, mostBytes });
  const frame = toFrame(found, codexHome, backend);
  return frame === undefined ? { kind: "without a frame" } : { kind: "found", frame };
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
    // What it is called there is not known here: asking is what widens least.
    approvalPolicy: last.approvalPolicy ?? "untrusted",
    model: last.model,
    reasoningEffort: last.reasoningEffort,
    config: {},
    backend,
  };
}

// The profile of its last turn; one that the bridge itself narrowed extends the user's. Denies without a name (0.142) are kept to compare with.
function toHeldProfile({ profile, rules }: FrameInForce): HeldProfile | undefined {
  const isReadOnly = profile?.name === NARROWED_PROFILE;
  const name = isReadOnly ? profile?.extends : profile?.name;
  if (name !== undefined && !(name in BUILT_IN_PROFILES)) return { name, isReadOnly, rules };
  return hasDenies(rules) ? { isReadOnly: false, rules } : undefined;
}
