// Builds the use case of collaboration, with its first call.
import { randomInt } from "node:crypto";
import type { Collaboration } from "../delegation/collaboration/collaboration.ts";
import { type CollaborationOptions, createCollaboration } from "../delegation/collaboration/create-collaboration.ts";
import { createSessionTurns } from "../delegation/collaboration/session-turns.ts";
import { findProject } from "../delegation/memory/find-project.ts";
import { checkProject } from "../delegation/turns/checks/check-project.ts";
import type { LockFiles } from "../state/lock-files.ts";
import type { UseCases } from "./use-cases.ts";

/** What it is built with. */
export interface CollaborationScope
  extends Pick<CollaborationOptions, "project" | "home" | "memory" | "readTarget" | "clock" | "redact"> {
  /** The agent that reviews and validates. */
  readonly codex: Pick<UseCases, "reviews" | "parts">;
  readonly locks: LockFiles;
}

/** Builds it. */
export function openCollaboration({ codex, locks, ...scope }: CollaborationScope): Collaboration {
  return createCollaboration({
    ...scope,
    // Its sessions are those of the repository, from whatever work tree or folder of it.
    turns: createSessionTurns(locks, findProject(scope.project)),
    random: (below) => randomInt(below),
    openJudge: async () => ({
      reviews: codex.reviews,
      check: (command, cwd, call) => checkProject(codex.parts, { command, cwd }, call),
    }),
  });
}
