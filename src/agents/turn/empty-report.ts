import type { TurnReport } from "../../domain/turn.ts";

/** The report of a turn that never began. */
export function emptyReport(threadId: string | undefined): TurnReport {
  return {
    threadId,
    content: "",
    usage: undefined,
    changes: [],
    commands: { count: 0, failed: 0 },
    refusedCommands: [],
    hasWorked: false,
    warnings: [],
    leftRunning: [],
    durationMs: 0,
  };
}
