// Builds the use cases of one agent. Everything but its backend is shared by the agents of the bridge.
import { nanoid } from "nanoid";
import type { AgentBackend } from "../agents/agent-backend.ts";
import { readWindow } from "../context/window.ts";
import { createAgentThreads } from "../delegation/failover/agent-threads.ts";
import { createThreadSender, type SendOptions } from "../delegation/jobs/send-message.ts";
import type { Mailbox } from "../delegation/messages/mailbox.ts";
import { createReceipts, type ReceiptsOptions } from "../delegation/receipts/create-receipts.ts";
import { createReviews } from "../delegation/reviews/create-reviews.ts";
import type { FindCallerLimit } from "../delegation/threads/caller-limit.ts";
import { createSessionStore } from "../delegation/threads/session-store.ts";
import { createDelegation } from "../delegation/turns/delegation.ts";
import {
  createDelegationParts,
  createSharedParts,
  type DelegationParts,
} from "../delegation/turns/delegation-parts.ts";
import type { ReadDepth } from "../delegation/turns/depth.ts";
import type { AgentNames } from "../domain/agents.ts";
import type { Clock } from "../domain/clock.ts";
import type { LimitWindow } from "../domain/usage-limits.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { type KnownChanges, putBack } from "../receipts/put-back.ts";
import type { Snapshots } from "../receipts/snapshots/snapshots.ts";
import type { StagingFolders } from "../receipts/staging-folders.ts";
import type { ReadTarget } from "../reviews/target.ts";
import type { RulesInForce } from "../rules/rules-reader.ts";
import type { Settings } from "../settings/settings.ts";
import { createTextChecks } from "../validation/text-checks.ts";
import type { Worktrees } from "../worktrees/worktrees.ts";
import type { AgentUseCases } from "./agents.ts";
import type { BridgeOptions } from "./bridge.ts";
import type { Machine } from "./machine.ts";
import type { createStores } from "./stores.ts";

/** What the agents of a bridge share. */
export interface UseCaseScope {
  readonly bridge: BridgeOptions;
  readonly settings: Settings;
  readonly machine: Machine;
  readonly stores: ReturnType<typeof createStores>;
  readonly worktrees: Worktrees;
  readonly staging: StagingFolders;
  /** All agents of the bridge. */
  readonly agents: readonly AgentNames[];
  readonly mailbox: Mailbox;
  /** What messages are sent with. */
  readonly sending: SendOptions;
  readonly rulesPath: string;
  /** The rules in force, with the user's settings over them. Throws RULES_INVALID. */
  readonly readRules: () => RulesInForce;
  readonly home: string;
  /** The bridge's own: two of them would write one index at once. */
  readonly snapshots: Snapshots;
  readonly readTarget: ReadTarget;
  readonly depth: ReadDepth;
  readonly findCallerLimit: FindCallerLimit;
  readonly clock: Clock;
}

/** The use cases, and the parts that they are made of. */
export interface UseCases extends AgentUseCases {
  readonly parts: DelegationParts;
}

/** Makes what builds them. */
export function createUseCaseBuilder(
  scope: UseCaseScope,
): (agent: AgentNames, backend: AgentBackend, readUsage?: () => readonly LimitWindow[]) => UseCases {
  const { bridge, settings, stores, readTarget } = scope;
  const options = toOptions(scope);
  const shared = createSharedParts({ ...options, maxTurns: settings.maxTurns, project: bridge.cwd });
  const reviews = { files: stores.reviewFiles, readTarget };
  return (agent, backend, readUsage) => {
    const parts = createDelegationParts({ ...options, agent, backend, readUsage }, shared);
    const delegation = createDelegation(parts);
    const own = { delegation, newId: () => `rv-${nanoid(8)}`, newMark: () => nanoid() };
    return {
      ...agent,
      parts,
      backend,
      delegation,
      threads: createAgentThreads(parts),
      send: createThreadSender(parts.find, agent.id, scope.sending),
      receipts: createReceipts(parts, toReceiptsOptions(scope)),
      reviews: createReviews(parts, { ...reviews, ...own }),
    };
  };
}

/** Where receipts are found, and what an undo needs. */
export function toReceiptsOptions({ bridge, settings, stores }: UseCaseScope): ReceiptsOptions {
  const { cwd: baseDir, session, env } = bridge;
  return { files: stores.receiptFiles, baseDir, session, stateDir: settings.stateDir, env };
}

function toOptions(scope: UseCaseScope) {
  const { bridge, settings, machine, stores, worktrees, staging, snapshots, home, clock, depth } = scope;
  const { env, cwd, session, logger, redact } = bridge;
  const { locks, ledger, writingTurns } = machine;
  // Resolved once: otherwise a root that is later replaced by a link would move the limit.
  const roots = settings.roots.map((root) => resolveRealPath(root));
  const { sessionTtlMs: ttlMs, maxSessions } = settings;
  return {
    ...settings,
    agents: scope.agents,
    mailbox: scope.mailbox,
    proposals: { worktrees, locks },
    limits: { ...settings, roots },
    findCallerLimit: scope.findCallerLimit,
    areas: { ...settings, home, tmpdir: env["TMPDIR"] },
    rulesPath: scope.rulesPath,
    sessions: createSessionStore({ ttlMs, maxSessions, clock, files: stores.threadFiles, project: cwd }),
    locks,
    staging,
    writing: { writing: writingTurns, home },
    session,
    receipts: settings.receipts
      ? {
          ...{ snapshots, files: stores.receiptFiles, newId: () => `rc-${nanoid(8)}` },
          putBack: (changes: KnownChanges, signal: AbortSignal) => putBack(changes, { env, staging }, signal),
        }
      : undefined,
    handing: { readWindow: () => readWindow(scope.readRules) },
    openCheck: createTextChecks(bridge.validationWorker),
    reap: () => ledger.reap(),
    readDepth: depth,
    chain: {
      files: stores.chainFiles,
      budget: { calls: settings.budgetCalls, tokens: settings.budgetTokens },
      newId: () => `ch-${nanoid(12)}`,
    },
    baseDir: cwd,
    clock,
    logger,
    redact,
  };
}
