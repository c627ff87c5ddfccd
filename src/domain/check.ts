// A check: a shell command that ran in the agent's sandbox on what a turn left.

/** How it went. */
export interface CheckResult {
  readonly command: string;
  /** When it began, epoch ms. */
  readonly at: number;
  readonly durationMs: number;
  /** Absent if its time was up. */
  readonly exitCode?: number | undefined;
  readonly timedOut?: boolean | undefined;
  /** The end of what it printed, without secrets. */
  readonly output: string;
  /** Whether the beginning of the output is missing. */
  readonly isCut?: boolean | undefined;
  /** Absolute paths of files that it changed, the first ones, and how many more there are. */
  readonly changed?: readonly string[] | undefined;
  readonly moreChanged?: number | undefined;
  /** Whether they were put back, since a worktree holds only what is proposed. */
  readonly isPutBack?: boolean | undefined;
  /** Why it is not known what it changed. */
  readonly changesUnknown?: string | undefined;
}

/** Whether it says that all is well. */
export function hasPassed({ exitCode }: Pick<CheckResult, "exitCode">): boolean {
  return exitCode === 0;
}
