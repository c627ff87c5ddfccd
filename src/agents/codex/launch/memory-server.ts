// The shared memory as an MCP server of a turn: on the command line, so that the user's config.toml stays as it is (docs/codex-cli.md#as-a-caller).
import type { Override } from "../config/overrides.ts";
import { isMemoryCommand } from "../program/child-mcp.ts";
import type { CodexTurnRequest } from "../turn/codex-turn-request.ts";
import type { ServerChoice } from "./server-choice.ts";

/** How Codex gets the memory. */
export interface MemoryServerOptions {
  /** `auto`: in turns whose prompt names it; `always`: in all that may see it. */
  readonly mode: "auto" | "always";
  /** Path of the running bridge program. */
  readonly ownPath: string;
  /** Variables of the server. Codex hands its servers hardly any of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of further ones, which it gets from Codex's environment: their values may be secrets. Codex's commands do not get them. */
  readonly variables: readonly string[];
  /** The project of a directory, the same for all work trees of a repository. */
  readonly findProject: (cwd: string) => string;
}

/** What a prompt says that wants the memory: a name of its tools, or the id of a session as `run_collaboration` makes them. */
const NAMED = /\b(?:(?:store|retrieve)[_-]knowledge|wait_for_status)\b|\bSESSION-\d{8}-[A-Z0-9]{8}\b/;

/** A name that no config is likely to have; a number is added where one does. */
const NAME = "codex_bridge_memory";

/**
 * The override that adds it to a turn; none where the turn does not have it, or has one of the user's own. Its tools say that they destroy
 * nothing and reach nowhere else, so every Codex runs them without an approval. A turn that may not write gets no tool that stores.
 */
export function chooseMemoryServer(
  { prompt, frame, readsOnly, withoutMemory, isFork }: CodexTurnRequest,
  options: MemoryServerOptions | undefined,
  { kept, takenNames }: Pick<ServerChoice, "kept" | "takenNames">,
): Override[] {
  if (options === undefined || withoutMemory === true || isFork === true) return [];
  if (options.mode === "auto" && !NAMED.test(prompt)) return [];
  if (kept.some(({ commandLine }) => isMemoryCommand(commandLine, options.ownPath))) return [];
  const isReadOnly = readsOnly === true || frame.sandbox.mode === "read-only" || frame.permissions?.isReadOnly === true;
  const entry = {
    command: process.execPath,
    args: [options.ownPath, "memory-server", ...(isReadOnly ? ["--read-only"] : [])],
    env: options.env,
    ...(options.variables.length === 0 ? {} : { env_vars: options.variables }),
    cwd: options.findProject(frame.cwd),
  };
  return [[`mcp_servers.${findFreeName(takenNames)}`, entry]];
}

function findFreeName(taken: readonly string[]): string {
  let name = NAME;
  for (let count = 2; taken.includes(name); count++) name = `${NAME}_${count}`;
  return name;
}
