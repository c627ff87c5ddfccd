// The memory of a bridge. What opens it is loaded with its first call.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { nanoid } from "nanoid";
import type { MemoryServerOptions } from "../agents/codex/launch/memory-server.ts";
import { findProject } from "../delegation/memory/find-project.ts";
import { createKnowledge, type Knowledge } from "../delegation/memory/knowledge.ts";
import { chooseTeamProject } from "../delegation/memory/team-project.ts";
import type { AgentId } from "../domain/agents.ts";
import type { Redact } from "../domain/redact.ts";
import type { MemoryStore } from "../memory/memory-store.ts";
import type { Settings } from "../settings/settings.ts";
import { createTeamProjectFiles } from "../state/team-project-files.ts";

/** Settings of the memory. */
export type MemorySettings = Pick<
  Settings,
  "embeddingsKey" | "embeddingsModel" | "embeddingsUrl" | "memoryUrl" | "stateDir"
>;

/** What it is made of. */
export interface MemoryScope {
  readonly settings: MemorySettings;
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
  const open = async (): Promise<MemoryStore> => addVectors(await openStore(settings, project), settings, redact);
  return createKnowledge({ open, project, agent, redact });
}

async function addVectors(
  store: MemoryStore,
  { embeddingsUrl: url, embeddingsModel: model, embeddingsKey: key }: MemorySettings,
  redact: Redact,
): Promise<MemoryStore> {
  if (url === undefined) return store;
  const { createEmbedder } = await import("../memory/embeddings/embedder.ts");
  const { withEmbeddings } = await import("../memory/embeddings/with-embeddings.ts");
  // Vectors of two endpoints cannot be compared, whatever they call their models.
  const name = createHash("sha256")
    .update(JSON.stringify([url, model]))
    .digest("base64url")
    .slice(0, 16);
  return withEmbeddings(store, {
    embed: createEmbedder({ url, model, key }),
    model: name,
    redact,
    clock: () => performance.now(),
  });
}

async function openStore({ stateDir, memoryUrl: url }: MemorySettings, project: string): Promise<MemoryStore> {
  const { createSqliteMemory } = await import("../memory/sqlite/sqlite-memory.ts");
  const local = createSqliteMemory({ path: join(stateDir, "memory", "memory.db"), clock: Date.now, newId });
  if (url === undefined) return local;
  const { createPostgresMemory } = await import("../memory/postgres/postgres-memory.ts");
  const { toTeamKey } = await import("../memory/postgres/server-name.ts");
  const { createTeamMemory } = await import("../memory/team/team-memory.ts");
  const team = createPostgresMemory({ url, clock: Date.now, newId });
  const names = chooseTeamProject(project, createTeamProjectFiles(stateDir));
  return createTeamMemory({
    team,
    local,
    key: toTeamKey(url),
    names: { local: project, ...names },
    clock: Date.now,
    newId,
  });
}

/** Settings of the memory that its server of a turn has to know too, besides the state folder: by name, since they may hold secrets. */
const SERVER_VARIABLES: readonly string[] = [
  "BRIDGE_MEMORY_URL",
  "BRIDGE_EMBEDDINGS_URL",
  "BRIDGE_EMBEDDINGS_MODEL",
  "BRIDGE_EMBEDDINGS_KEY",
];
/** What decides besides how a server is reached, and is no secret. Codex hands its servers hardly any variables. */
const CONNECTION_VARIABLES: readonly string[] = [
  ...["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSFILE", "PGSSLMODE"],
  "NODE_EXTRA_CA_CERTS",
];

/** How Codex gets the memory of this bridge, in turns that the user's settings choose; undefined for none. */
export function toMemoryServer(
  { codexMemory: mode, stateDir }: Pick<Settings, "codexMemory" | "stateDir">,
  env: Readonly<Record<string, string | undefined>>,
  ownPath: string,
): MemoryServerOptions | undefined {
  if (mode === "off") return undefined;
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  const leadsElsewhere = isSet("BRIDGE_MEMORY_URL") || isSet("BRIDGE_EMBEDDINGS_URL");
  const connection = leadsElsewhere ? CONNECTION_VARIABLES.filter(isSet).map((name) => [name, env[name] ?? ""]) : [];
  const password = hasNoPassword(env["BRIDGE_MEMORY_URL"]) ? ["PGPASSWORD"] : [];
  return {
    ...{ mode, ownPath, findProject },
    env: { BRIDGE_STATE_DIR: stateDir, ...Object.fromEntries(connection) },
    variables: [...SERVER_VARIABLES, ...password].filter(isSet),
  };
}

// Then PGPASSWORD counts.
function hasNoPassword(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && new URL(url).password === "";
}
