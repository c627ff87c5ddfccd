// The settings of the bridge, parsed. `setting-rows.ts` says where each comes from.
import type { AcpAgent } from "../agents/acp/acp-agent.ts";
import type { SandboxMode } from "../domain/sandbox.ts";
import type { PRESERVATION_STRATEGIES } from "../domain/task.ts";
import type { ThreadLimits } from "../domain/thread.ts";
import type {
  BACKENDS,
  CHILD_MCP_MODES,
  CODEX_MEMORY_MODES,
  CODEX_RULES_MODES,
  DELEGATION_MODES,
  JOBS_MODES,
  LOG_LEVELS,
} from "./modes.ts";

/** The settings, parsed. Durations are ms, paths absolute. */
export interface Settings extends ThreadLimits {
  /** Codex program; undefined means `codex` on PATH, then the usual install folders. */
  readonly codexBin: string | undefined;
  readonly codexHome: string;
  /** Claude Code program; undefined means `claude` on PATH, then the folder of its own installer. */
  readonly claudeBin: string | undefined;
  readonly backend: (typeof BACKENDS)[number];
  /** How long the app server keeps a thread after a turn. */
  readonly threadIdleMs: number;
  /** How long an app server without threads is kept. */
  readonly appServerIdleMs: number;
  /** Whether `codex-bridge attach` can open the threads of the app server in a terminal. */
  readonly attach: boolean;
  /** The most that a calling agent gets, and what one gets that does not tell its own sandbox. */
  readonly callerSandbox: SandboxMode | undefined;
  readonly sessionTtlMs: number;
  readonly maxSessions: number;
  /** Turns that may run at once. */
  readonly maxTurns: number;
  /** Background jobs that may run at once. */
  readonly maxJobs: number;
  /** Where they run: `session` ends them with the bridge, `outlive` does not. */
  readonly jobsMode: (typeof JOBS_MODES)[number];
  /** How long the record of a job is kept after its last change. */
  readonly jobTtlMs: number;
  /** Ms after which a call becomes a job, where its client takes tasks; 0 means never. */
  readonly taskAfterMs: number;
  /** The same for a call that an agent makes; 0 means never. */
  readonly jobAfterMs: number;
  readonly turnTimeoutMs: number;
  readonly silenceMs: number;
  readonly quietMs: number;
  readonly questionMs: number;
  /** Time limit of a check. */
  readonly checkTimeoutMs: number;
  /** Config keys that a caller may set besides the built-in list. */
  readonly allowConfig: readonly string[];
  readonly allowNested: boolean;
  readonly requireGit: boolean;
  readonly childMcp: (typeof CHILD_MCP_MODES)[number];
  readonly codexMemory: (typeof CODEX_MEMORY_MODES)[number];
  readonly codexRules: (typeof CODEX_RULES_MODES)[number];
  /** Environment variables that Codex gets although they would be withheld. */
  readonly envPass: readonly string[];
  /** Further agents, which speak the Agent Client Protocol. */
  readonly agents: readonly AcpAgent[];
  readonly maxDepth: number;
  /** Turns that a chain of agents may have; undefined means no limit. */
  readonly budgetCalls: number | undefined;
  /** Tokens that the turns of a chain may use; undefined means no limit. */
  readonly budgetTokens: number | undefined;
  /** Percent of a usage limit from which on a task with `failover` goes to another agent; undefined means never. */
  readonly relayAt: number | undefined;
  /** Whether turns that may write get a receipt. */
  readonly receipts: boolean;
  /** Whether the prompt hook tells of results that nobody has read. */
  readonly unreadResults: boolean;
  /** Whether the hooks save and offer checkpoints. */
  readonly checkpoints: boolean;
  /** Whether the hook on Stop has Codex review the uncommitted changes. */
  readonly reviewGate: boolean;
  /** Folder for the git worktrees of isolated turns. */
  readonly worktreesDir: string;
  /** Command that is run in a new worktree. */
  readonly worktreeSetup: string | undefined;
  /** Rules file of `route_task`; undefined means the shipped one. */
  readonly delegationRules: string | undefined;
  /** Tokens that a context may have, over the rules file. */
  readonly maxContextTokens: number | undefined;
  /** What a cut keeps, over the rules file. */
  readonly compressionStrategy: (typeof PRESERVATION_STRATEGIES)[number] | undefined;
  readonly delegationMode: (typeof DELEGATION_MODES)[number];
  readonly stateDir: string;
  /** Server of the team's memory, with its password; undefined means that the memory stays on this machine. */
  readonly memoryUrl: string | undefined;
  /** Where vectors of texts are asked for: ends in `/embeddings`. Undefined: words alone are searched. */
  readonly embeddingsUrl: string | undefined;
  readonly embeddingsModel: string | undefined;
  readonly embeddingsKey: string | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}
