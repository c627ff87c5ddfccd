// The memory of a bridge. What opens it is loaded with its first call.
import { join } from "node:path";
import { nanoid } from "nanoid";
import type { MemoryServerOptions } from "../agents/codex/launch/memory-server.ts";
import { findProject } from "../delegation/memory/find-project.ts";
import { createKnowledge, type Knowledge } from "../delegation/memory/knowledge.ts";
import type { AgentId } from "../domain/agents.ts";
import type { Redact } from "../domain/redact.ts";
import type { Settings } from "../settings/settings.ts";

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

/** Settings of the memory that its server of a turn has to know too, besides the state folder. */
const SERVER_VARIABLES: readonly string[] = [];

/** How Codex gets the memory of this bridge, in turns that the user's settings choose; undefined for none. */
export function toMemoryServer(
  { codexMemory: mode, stateDir }: Pick<Settings, "codexMemory" | "stateDir">,
  env: Readonly<Record<string, string | undefined>>,
  ownPath: string,
): MemoryServerOptions | undefined {
  if (mode === "off") return undefined;
  const variables = SERVER_VARIABLES.filter((name) => (env[name] ?? "") !== "");
  return { mode, ownPath, env: { BRIDGE_STATE_DIR: stateDir }, variables, findProject };
}
