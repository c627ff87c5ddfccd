// What a frame is judged by.
import type { BackendDefaults } from "../../agents/agent-backend.ts";
import type { ThreadLimits } from "../../domain/thread.ts";
import type { DirectoryScope } from "./directories.ts";
import type { AreaScope } from "./writable-areas.ts";

/** The user's limits, what the agent does by default, and where relative paths start. */
export interface FrameScope extends AreaScope {
  readonly limits: ThreadLimits;
  readonly defaults: BackendDefaults;
  /** Relative paths start there: the client's first root, else the directory of the bridge. */
  readonly baseDir: string;
  readonly backend: string;
}

/** What directories are judged by. */
export function toDirectoryScope({ baseDir, home, limits }: FrameScope): DirectoryScope {
  return { base: baseDir, home, roots: limits.roots };
}
