// The limits and defaults that a frame is built and checked with.
import type { BackendDefaults } from "../../agents/agent-backend.ts";
import type { ApprovalPolicy, ThreadLimits } from "../../domain/thread.ts";
import type { Proposal } from "../../state/proposal-files.ts";
import type { CallerLimit } from "./caller-limit.ts";
import type { DirectoryScope } from "./directories.ts";
import type { AreaScope } from "./writable-areas.ts";

/** The user's limits, the agent's defaults, and the directory in which relative paths start. */
export interface FrameScope extends AreaScope {
  readonly limits: ThreadLimits;
  readonly defaults: BackendDefaults;
  /** Relative paths start here: the client's first root, or the bridge's directory if the client has none. */
  readonly baseDir: string;
  readonly backend: string;
  /** What the calling agent may write in the directory; undefined means no limit of its own. */
  readonly caller?: CallerLimit | undefined;
  /** The proposal in whose worktree the directory lies. */
  readonly proposal?: Pick<Proposal, "top" | "commonDir" | "worktree"> | undefined;
  /** Approval policy of a new thread whose call names none; undefined means `never`. */
  readonly usualApproval?: ApprovalPolicy | undefined;
}

/** The part of the scope that directories are checked with. */
export function toDirectoryScope({ baseDir, home, limits }: FrameScope): DirectoryScope {
  return { base: baseDir, home, roots: limits.roots };
}
