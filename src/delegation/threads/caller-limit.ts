// What an agent that calls the bridge may write itself. No turn of its call, and nothing that the bridge does for it, goes beyond that.
import type { KnownThread } from "../../agents/agent-backend.ts";
import type { Caller } from "../../domain/caller.ts";
import { BridgeError } from "../../domain/errors.ts";
import { isInside, isWiderMode, READ_ONLY, type SandboxMode, type SandboxPolicy } from "../../domain/sandbox.ts";
import { resolveRealPath } from "../../files/real-path.ts";
import type { ProposalFinder } from "./isolation.ts";

/** The limit of a call, or of one directory. For `workspace-write` the writable roots are all that may be written. */
export interface CallerLimit {
  readonly policy: SandboxPolicy;
  /** Why it is no wider, as a sentence without its full stop. */
  readonly why: string;
}

/** Finds the limit of a call; undefined where there is none: a person's client calls, or an agent without a sandbox. Never throws. */
export type FindCallerLimit = (caller: Caller | undefined) => Promise<CallerLimit | undefined>;

/** What limits are found with. */
export interface CallerLimitOptions {
  /** What the registration gives: the most that any agent gets, and what one gets that does not tell its sandbox. */
  readonly callerSandbox: SandboxMode | undefined;
  /** Directory of the bridge, which an agent starts where it works. */
  readonly baseDir: string;
  /** Finds the thread of a calling agent, with the frame of its running turn. */
  readonly findThread: (threadId: string) => Promise<KnownThread>;
}

const TOLD = "The calling agent's own sandbox is";

/** Makes the search. What one call is told does not change while it runs. */
export function createCallerLimits(options: CallerLimitOptions): FindCallerLimit {
  const found = new WeakMap<Caller, Promise<CallerLimit | undefined>>();
  return async (caller) => {
    if (caller === undefined) return undefined;
    const limit = found.get(caller) ?? findLimit(caller, options);
    found.set(caller, limit);
    return limit;
  };
}

async function findLimit(
  { sandbox: told, threadId }: Caller,
  { callerSandbox: registered, baseDir, findThread }: CallerLimitOptions,
): Promise<CallerLimit | undefined> {
  const untold = "The calling agent does not tell its own sandbox";
  const isCut = told === undefined || (registered !== undefined && isWiderMode(told, registered));
  const mode = isCut ? (registered ?? "read-only") : told;
  const why = told === undefined ? untold : isCut ? `BRIDGE_CALLER_SANDBOX is ${mode}` : `${TOLD} ${mode}`;
  if (mode === "danger-full-access") return undefined;
  if (mode === "read-only") return { policy: READ_ONLY, why };
  const here = { policy: toPolicy([baseDir]), why };
  // A calling agent that may write everything may write what the registration allows.
  if (told !== "workspace-write") return here;
  const thread = threadId === undefined ? undefined : await findQuietly(threadId, findThread);
  if (thread?.kind === "found") return toThreadLimit(thread.frame, why);
  // A permission profile that writes less is told as workspace-write too (docs/codex-cli.md#as-a-caller).
  if (registered !== undefined) return here;
  return {
    policy: READ_ONLY,
    why: "It is not known which directories the calling agent may write: no thread of it is found",
  };
}

async function findQuietly(
  threadId: string,
  findThread: CallerLimitOptions["findThread"],
): Promise<KnownThread | undefined> {
  try {
    return await findThread(threadId);
  } catch {
    return undefined;
  }
}

type CallerFrame = Extract<KnownThread, { kind: "found" }>["frame"];

function toThreadLimit({ cwd, sandbox, permissions }: CallerFrame, why: string): CallerLimit {
  if (sandbox.mode === "read-only") return { policy: READ_ONLY, why: `${TOLD} read-only` };
  if (permissions !== undefined) {
    return { policy: READ_ONLY, why: "A permission profile decides what the calling agent may write" };
  }
  const isFull = sandbox.mode === "danger-full-access";
  return { policy: isFull ? toPolicy([cwd]) : toPolicy([cwd, ...sandbox.writableRoots], sandbox), why };
}

function toPolicy(areas: readonly string[], like: Partial<SandboxPolicy> = {}): SandboxPolicy {
  const writableRoots = areas.map((path) => resolveRealPath(path));
  const { networkAccess = false, excludeSlashTmp = true, excludeTmpdir = true } = like;
  return { mode: "workspace-write", networkAccess, excludeSlashTmp, excludeTmpdir, writableRoots };
}

/** The limit of a call in a directory. A worktree of ours counts as the directory that it was made from. */
export function limitAt(
  limit: CallerLimit | undefined,
  cwd: string,
  worktrees: ProposalFinder | undefined,
): CallerLimit | undefined {
  if (limit?.policy.mode !== "workspace-write") return limit;
  const { policy } = limit;
  const proposal = worktrees?.findByPath(cwd);
  const top = proposal?.top ?? resolveRealPath(cwd);
  if (!policy.writableRoots.some((root) => isInside(top, root))) {
    return { policy: READ_ONLY, why: `The calling agent may not write in ${cwd}` };
  }
  const added = proposal === undefined ? [] : [proposal.worktree];
  return { ...limit, policy: { ...policy, writableRoots: [...policy.writableRoots, ...added] } };
}

/** What is left of a policy within a limit. */
export function narrowToCaller(policy: SandboxPolicy, limit: CallerLimit | undefined): SandboxPolicy {
  if (limit === undefined || policy.mode === "read-only") return policy;
  const { policy: most } = limit;
  if (most.mode !== "workspace-write" || policy.mode !== "workspace-write") return most;
  return {
    mode: policy.mode,
    networkAccess: policy.networkAccess && most.networkAccess,
    writableRoots: policy.writableRoots.filter((path) => most.writableRoots.some((root) => isInside(path, root))),
    excludeSlashTmp: policy.excludeSlashTmp || most.excludeSlashTmp,
    excludeTmpdir: policy.excludeTmpdir || most.excludeTmpdir,
  };
}

/** The error for what goes beyond the limit. */
export function toCallerDenied({ why }: Pick<CallerLimit, "why">, what: string): BridgeError {
  return new BridgeError("SANDBOX_DENIED", `${why}, so ${what}.`, {
    nextStep:
      "Go on without it. Only the user can allow more: a wider sandbox for the calling agent, or BRIDGE_CALLER_SANDBOX in the server's entry.",
  });
}

/** What a request asks for beyond its prompt. */
interface Held {
  readonly sandbox?: SandboxMode | undefined;
  readonly readsOnly?: boolean | undefined;
  readonly isolation?: "worktree" | undefined;
  readonly handoff?: { readonly write?: string | undefined } | undefined;
}

/**
 * The request as its caller may make it: an agent that writes nothing gets a turn that changes nothing. Throws SANDBOX_DENIED where the request names
 * a wider sandbox, or is there to write: an isolated turn, and one that leaves a file.
 */
export function holdToCaller<Request extends Held>(request: Request, limit: CallerLimit | undefined): Request {
  if (limit === undefined) return request;
  const { sandbox, isolation, handoff } = request;
  const { mode } = limit.policy;
  if (sandbox !== undefined && isWiderMode(sandbox, mode)) throw toCallerDenied(limit, `a turn cannot have ${sandbox}`);
  if (mode !== "read-only") return request;
  if (isolation !== undefined) throw toCallerDenied(limit, "a turn cannot write in a worktree");
  if (handoff?.write !== undefined) throw toCallerDenied(limit, "a turn cannot write the file of handoff.write");
  return { ...request, readsOnly: true };
}
