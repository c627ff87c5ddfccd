// The parts that starting and continuing a thread share.
import type { AgentNames } from "../../domain/agents.ts";
import { countOf } from "../../domain/count-of.ts";
import type { OwnPart, ThreadLimits } from "../../domain/thread.ts";
import type { StagingFolders } from "../../receipts/staging-folders.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import type { OpenTextCheck } from "../../validation/text-checks.ts";
import type { Mailbox } from "../messages/mailbox.ts";
import type { CallContext } from "../requests.ts";
import { type FindCallerLimit, limitAt } from "../threads/caller-limit.ts";
import { createThreadFinder, type FindThread } from "../threads/find-thread.ts";
import type { FrameScope } from "../threads/frame-scope.ts";
import { isolateScope, takeProposal } from "../threads/isolation.ts";
import { type ClaimName, createNameClaims, type NameClaimsOptions } from "../threads/name-claims.ts";
import { createTurnPermits, type TurnPermits, type TurnPermitsOptions } from "../threads/turn-permits.ts";
import { createTurnQueue, type Release } from "../threads/turn-queue.ts";
import type { AreaScope } from "../threads/writable-areas.ts";
import { toCheckFrame } from "./checks/check-sandbox.ts";
import type { RunCheck } from "./checks/check-turn.ts";
import { runCheck as runCheckIn } from "./checks/run-check.ts";
import type { MessageOptions } from "./give-messages.ts";
import type { HandingOptions } from "./handoff/hand-files.ts";
import { createTurnRunner, type TurnRunner, type TurnRunnerOptions } from "./run-turn.ts";

/** Options of delegation. */
export interface DelegationOptions extends Omit<TurnRunnerOptions, "permits" | "runCheck" | "messages"> {
  /** The agent of the backend, and all agents of the bridge. */
  readonly agent: AgentNames;
  readonly agents: readonly AgentNames[];
  /** Where messages for the threads wait; undefined gives none. */
  readonly mailbox?: Mailbox | undefined;
  readonly limits: ThreadLimits;
  readonly findCallerLimit: FindCallerLimit;
  /** Time limit of a check, ms. */
  readonly checkTimeoutMs: number;
  /** Paths that a writing turn must not reach. */
  readonly areas: AreaScope;
  /** Rules file of `route_task`, which no turn's message may replace. */
  readonly rulesPath: string;
  /** Locks among the bridges of this machine. */
  readonly locks: Pick<LockFiles, "take" | "look">;
  /** Where an undo or a landing makes files ready. */
  readonly staging: StagingFolders;
  /** Prepares the check of `expect`. */
  readonly openCheck: OpenTextCheck;
  /** What hand-offs are made with. */
  readonly handing: HandingOptions;
  /** Ends what dead bridges left running. */
  readonly reap: () => Promise<void>;
}

/** Parts of which a bridge has one each, for all its agents. */
export interface SharedParts {
  readonly permits: TurnPermits;
  readonly claimName: ClaimName;
  /** Waits for a free slot of the bridge. Throws CANCELLED if the call is cancelled first. */
  readonly takeSlot: (call: CallContext) => Promise<Release>;
}

/** What they are made of. */
export interface SharedOptions extends TurnPermitsOptions, NameClaimsOptions {
  readonly locks: Pick<LockFiles, "take" | "look">;
  /** How many turns run at the same time in this bridge. */
  readonly maxTurns: number;
}

/** Parts of which each agent of a bridge has one. */
export interface DelegationParts extends SharedParts {
  readonly options: DelegationOptions;
  readonly runner: TurnRunner;
  /** Runs a check in the sandbox of a thread, or in a narrower one. The caller holds a slot. */
  readonly runCheck: RunCheck;
  /** The same where the caller holds the lock of the worktree that it runs in, if it is one of ours. */
  readonly runLockedCheck: RunCheck;
  readonly find: FindThread;
}

/** Makes the parts that agents share. */
export function createSharedParts(options: SharedOptions): SharedParts {
  const slots = createTurnQueue(options.maxTurns);
  return {
    permits: createTurnPermits(options),
    claimName: createNameClaims(options),
    takeSlot: ({ signal, report }) =>
      slots.acquire(signal, (ahead) => report(`Waiting for ${countOf(ahead, "other turn")} (BRIDGE_MAX_TURNS)`)),
  };
}

/** Makes the parts of an agent. */
export function createDelegationParts(options: DelegationOptions, shared: SharedParts): DelegationParts {
  const worktrees = options.proposals?.worktrees;
  const runLockedCheck: RunCheck = async ({ frame, ...check }, call) => {
    const scope = await readScope({ options }, frame.own, frame.cwd, call);
    // What a check writes in a worktree of ours is not proposed.
    const putsBack = worktrees?.findByPath(frame.cwd) !== undefined;
    return runCheckIn({ options }, { ...check, frame: toCheckFrame(frame, scope), putsBack }, call);
  };
  const runCheck: RunCheck = async (check, call) => {
    const { cwd } = check.frame;
    // Nobody lands or discards a proposal whose worktree is being checked.
    const isProposed = worktrees?.findByPath(cwd) !== undefined;
    const lock = isProposed ? takeProposal(options.locks, worktrees, cwd) : undefined;
    try {
      return await runLockedCheck(check, call);
    } finally {
      lock?.release();
    }
  };
  return {
    ...shared,
    options,
    runner: createTurnRunner({ ...options, permits: shared.permits, runCheck, messages: toMessages(options) }),
    runCheck,
    runLockedCheck,
    find: createThreadFinder(options),
  };
}

/** The limits and defaults for a frame in a directory, for a call. `own` is the backend's part of the frame. Throws CONFIG_INVALID. */
export async function readScope(
  { options }: Pick<DelegationParts, "options">,
  own: OwnPart,
  cwd: string,
  { caller: asking }: Pick<CallContext, "caller">,
): Promise<FrameScope> {
  const { backend, limits, areas, baseDir } = options;
  const defaults = await backend.readDefaults(own, cwd);
  const caller = limitAt(await options.findCallerLimit(asking), cwd, options.proposals?.worktrees);
  const scope = { ...areas, limits, baseDir, backend: backend.name, defaults, caller };
  return isolateScope(scope, cwd, options.proposals?.worktrees);
}

function toMessages({ mailbox, agent, agents }: DelegationOptions): MessageOptions | undefined {
  return mailbox === undefined ? undefined : { mailbox, agent, agents };
}
