// The memory of a bridge. What opens it is loaded with its first call.
import { join } from "node:path";
import { nanoid } from "nanoid";
import type { MemoryServerOptions } from "../agents/codex/launch/memory-server.ts";
import { findProject } from "../delegation/memory/find-project.ts";
import { createKnowledge, type Knowledge } from "../delegation/memory/knowledge.ts";
import { findSharedName } from "../delegation/memory/shared-project.ts";
import type { AgentId } from "../domain/agents.ts";
import type { Redact } from "../domain/redact.ts";
import type { MemoryStore } from "../memory/memory-store.ts";
import type { Settings } from "../settings/settings.ts";

/** What it is made of. */
export interface MemoryScope {
  readonly settings: Pick<Settings, "memoryUrl" | "stateDir">;
  /** A directory of the project. */
  readonly cwd: string;
  /** Whose entries are stored, where a call does not say it. */
  readonly agent: AgentId;
  readonly redact: Redact;
}

const newId = (): string => `m-${nanoid(10)}`;

/** Makes it; nothing is opened or made before the first call. */
export function createMemory({ settings, cwd, agent, redact }: MemoryScope): Knowledge {
  const project = findProject(cwd);
  return createKnowledge({ open: () => openStore(settings, project), project, agent, redact });
}

async function openStore({ stateDir, memoryUrl: url }: MemoryScope["settings"], project: string): Promise<MemoryStore> {
  const { createSqliteMemory } = await import("../memory/sqlite/sqlite-memory.ts");
  const local = createSqliteMemory({ path: join(stateDir, "memory", "memory.db"), clock: Date.now, newId });
  if (url === undefined) return local;
  const { createPostgresMemory } = await import("../memory/postgres/postgres-memory.ts");
  const { createTeamMemory } = await import("../memory/team/team-memory.ts");
  const team = createPostgresMemory({ url, clock: Date.now, newId });
  const names = { local: project, shared: findSharedName(project) ?? project };
  return createTeamMemory({ team, local, names, clock: Date.now, newId });
}

/** Settings of the memory that its server of a turn has to know too, besides the state folder. */
const SERVER_VARIABLES: readonly string[] = ["BRIDGE_MEMORY_URL"];

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
