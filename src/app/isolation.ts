// Builds what isolated turns need: worktrees, their proposals on record, and the look at what is left over.
import { nanoid } from "nanoid";
import { resolveRealPath } from "../files/real-path.ts";
import type { Settings } from "../settings/settings.ts";
import { createProposalFiles, type ProposalFiles } from "../state/proposal-files.ts";
import type { LeftoverScope } from "../worktrees/leftovers.ts";
import { createWorktrees, type Worktrees } from "../worktrees/worktrees.ts";
import type { Machine } from "./machine.ts";

/** What they are built from. */
export interface IsolationOptions {
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory of the bridge. */
  readonly cwd: string;
  /** Folders that no snapshot contains. Real paths. */
  readonly hidden: readonly string[];
  readonly machine: Machine;
  readonly clock: () => number;
}

/** The parts. */
export interface Isolation {
  readonly worktrees: Worktrees;
  readonly proposalFiles: ProposalFiles;
  readonly leftovers: LeftoverScope;
}

const SETUP_MS = 600_000;

/** Builds them. Nothing is created on disk before the first worktree. */
export function createIsolation({ settings, env, cwd, hidden, machine, clock }: IsolationOptions): Isolation {
  const { stateDir, worktreesDir, worktreeSetup: command } = settings;
  const { ledger, locks } = machine;
  const files = createProposalFiles(stateDir);
  const worktrees = createWorktrees({
    ...{ stateDir, env, bridgeId: `w-${nanoid()}`, hidden, clock, project: cwd, files, locks },
    folder: resolveRealPath(worktreesDir),
    newId: () => `pr-${nanoid(8)}`,
    setUp: command === undefined ? undefined : { command, timeoutMs: SETUP_MS, env, ledger },
  });
  return { worktrees, proposalFiles: files, leftovers: { worktrees, files, locks, clock } };
}
