// The memory of a bridge. What opens it is loaded with its first call.
import { join } from "node:path";
import { nanoid } from "nanoid";
import { findProject } from "../delegation/memory/find-project.ts";
import { createKnowledge, type Knowledge } from "../delegation/memory/knowledge.ts";
import type { AgentId } from "../domain/agents.ts";
import type { Redact } from "../domain/redact.ts";

/** What it is made of. */
export interface MemoryScope {
  readonly stateDir: string;
  /** A directory of the project. */
  readonly cwd: string;
  /** Whose entries are stored, where a call does not say it. */
  readonly agent: AgentId;
  readonly redact: Redact;
}

/** Makes it; nothing is opened or made before the first call. */
export function createMemory({ stateDir, cwd, agent, redact }: MemoryScope): Knowledge {
  return createKnowledge({
    open: async () => {
      const { createSqliteMemory } = await import("../memory/sqlite/sqlite-memory.ts");
      const path = join(stateDir, "memory", "memory.db");
      return createSqliteMemory({ path, clock: Date.now, newId: () => `m-${nanoid(10)}` });
    },
    project: findProject(cwd),
    agent,
    redact,
  });
}
