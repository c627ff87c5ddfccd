// Every setting of the bridge, one row each: the table in docs/reference.md, the loader and the error texts all come from here.
import { USUAL_JOB_AFTER_MS } from "../domain/caller.ts";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import { PRESERVATION_STRATEGIES } from "../domain/task.ts";
import {
  BACKENDS,
  CHILD_MCP_MODES,
  CODEX_MEMORY_MODES,
  CODEX_RULES_MODES,
  DELEGATION_MODES,
  JOBS_MODES,
  LOG_LEVELS,
} from "./modes.ts";
import { parseAgents } from "./parse-agents.ts";
import {
  parseCodexHome,
  parseDelegationRules,
  parseEmbeddingsUrl,
  parseMaxJobs,
  parseMaxTurns,
  parseMemoryUrl,
  parseRelayAt,
  parseRoots,
  parseStateDir,
  parseWorktreesDir,
} from "./parse-settings.ts";
import { limitOrNone, oneOf, type ParseScope, parseList, parseSwitch, toPath, wholeNumber } from "./parse-value.ts";
import type { Settings } from "./settings.ts";

/** How an environment variable becomes a setting. `parse` gets undefined for an unset variable, and throws an Error that says what is expected. */
export interface SettingRow<Key extends keyof Settings = keyof Settings> {
  readonly key: Key;
  readonly variable: string;
  readonly defaultText: string;
  readonly description: string;
  /** Its value is never shown, wrong or right. */
  readonly isSecret?: boolean;
  readonly parse: (value: string | undefined, scope: ParseScope) => Settings[Key];
}

function row<Key extends keyof Settings>(
  key: Key,
  variable: string,
  defaultText: string,
  description: string,
  parse: SettingRow<Key>["parse"],
): SettingRow<Key> {
  return { key, variable, defaultText, description, parse };
}

const HOUR_MS = 3_600_000;

/** Every setting, in the order of docs/reference.md. */
export const SETTING_ROWS = coverAll([
  row(
    "codexBin",
    "CODEX_BIN",
    "`codex` on `PATH`, then the usual install folders",
    "Path or name of the Codex CLI to run.",
    (value, scope) => (value === undefined ? undefined : value.includes("/") ? toPath(value, scope) : value),
  ),
  row(
    "codexHome",
    "CODEX_HOME",
    "`~/.codex`",
    "Codex's home folder, with its login, `config.toml` and threads. You can set `CODEX_CONFIG_PATH` to the path of a `config.toml` instead.",
    parseCodexHome,
  ),
  row(
    "claudeBin",
    "CLAUDE_BIN",
    "`claude` on `PATH`, then `~/.local/bin`",
    "Path of the Claude Code to run.",
    (value, scope) => (value === undefined ? undefined : toPath(value, scope)),
  ),
  row(
    "backend",
    "BRIDGE_BACKEND",
    "`auto`",
    "How Codex is run. `app-server`: all turns run on one warm `codex app-server`, which is faster and takes further input in mid-turn (Codex 0.160 and later); a turn that it cannot hold to its limits is refused. `exec`: each turn is a `codex exec` of its own. `auto`: the app server where it runs, for every turn that it can hold to its limits; `codex exec` for the others.",
    (value) => (value === undefined ? "auto" : oneOf(BACKENDS, value)),
  ),
  row(
    "threadIdleMs",
    "BRIDGE_THREAD_IDLE_MS",
    "60000 (1 minute)",
    "How long the app server keeps a thread open after a turn, in ms. Until then you cannot continue it in a terminal.",
    wholeNumber(60_000, 0, 24 * HOUR_MS),
  ),
  row(
    "appServerIdleMs",
    "BRIDGE_APP_SERVER_IDLE_MS",
    "600000 (10 minutes)",
    "How long an app server without threads is kept, in ms.",
    wholeNumber(600_000, 0, 24 * HOUR_MS),
  ),
  row(
    "attach",
    "BRIDGE_ATTACH",
    "`0`",
    "`1` lets `codex-bridge attach` open the threads of the app server in your terminal, while Claude works with them. It opens a socket of yours that Codex's sandboxed commands cannot reach (see SECURITY.md). It has no effect with `BRIDGE_BACKEND=exec`.",
    parseSwitch,
  ),
  row(
    "maxSandbox",
    "BRIDGE_MAX_SANDBOX",
    "the wider of `workspace-write` and your own `sandbox_mode`",
    "Widest sandbox that a call can get: `read-only`, `workspace-write` or `danger-full-access`.",
    (value) => (value === undefined ? undefined : oneOf(SANDBOX_MODES, value)),
  ),
  row(
    "callerSandbox",
    "BRIDGE_CALLER_SANDBOX",
    "the caller's own sandbox, and `read-only` where that is not known",
    "Widest sandbox of a call that an agent makes, such as a Codex in which the bridge is registered. No call gets more than its caller has itself. A Codex before 0.150 does not tell its sandbox: this is what it gets.",
    (value) => (value === undefined ? undefined : oneOf(SANDBOX_MODES, value)),
  ),
  row(
    "roots",
    "BRIDGE_ROOTS",
    "no limit",
    "Directories, separated by `:`. `cwd` and writable roots must be inside one of them.",
    parseRoots,
  ),
  row(
    "allowConfig",
    "BRIDGE_ALLOW_CONFIG",
    "none",
    "Additional Codex config keys that a caller may set, separated by commas. A key also allows the keys below it.",
    parseList,
  ),
  row("requireGit", "BRIDGE_REQUIRE_GIT", "`0`", "`1` refuses to work outside a git repository.", parseSwitch),
  row(
    "childMcp",
    "BRIDGE_CHILD_MCP",
    "`inherit`",
    "`none` starts Codex without the MCP servers in its config; on Codex before 0.150 also without subagents, whose roles could start more of them. `inherit` keeps them.",
    (value) => (value === undefined ? "inherit" : oneOf(CHILD_MCP_MODES, value)),
  ),
  row(
    "codexMemory",
    "BRIDGE_CODEX_MEMORY",
    "`auto`",
    "Which turns of Codex get the shared memory, as an MCP server of their own beside those of your config. `auto`: those whose prompt names `store_knowledge`, `retrieve_knowledge`, `wait_for_status` or a session such as `SESSION-20260317-D8VRQ2XM`. `always`: all but reviews. `off`: none. A read-only turn can find entries and store none.",
    (value) => (value === undefined ? "auto" : oneOf(CODEX_MEMORY_MODES, value)),
  ),
  row(
    "codexRules",
    "BRIDGE_CODEX_RULES",
    "`ignore`",
    "Codex's command rules (`*.rules`). `ignore` leaves out those that could let commands out of the sandbox; `honour` applies them as Codex does.",
    (value) => (value === undefined ? "ignore" : oneOf(CODEX_RULES_MODES, value)),
  ),
  row(
    "envPass",
    "BRIDGE_ENV_PASS",
    "none",
    "Environment variables, separated by commas, that Codex and its commands get although they would be withheld.",
    parseList,
  ),
  row(
    "agents",
    "BRIDGE_AGENTS",
    "Gemini CLI, where `gemini` is installed",
    "Further agents for `run_agent` and `review_panel`, which speak the Agent Client Protocol: JSON, or the path of a JSON file. [Other agents](other-agents.md) has the keys and examples.",
    parseAgents,
  ),
  row(
    "maxTurns",
    "BRIDGE_MAX_TURNS",
    "`8`",
    "How many turns run at the same time. Others wait in order.",
    parseMaxTurns,
  ),
  row(
    "maxJobs",
    "BRIDGE_MAX_JOBS",
    "one less than `BRIDGE_MAX_TURNS`",
    "How many background jobs run at the same time. Others wait in order. By default at least one runs, and a call that waits for its answer finds a free slot.",
    parseMaxJobs,
  ),
  row(
    "jobsMode",
    "BRIDGE_JOBS",
    "`session`",
    "`session` ends background jobs with the session that started them. `outlive` lets them go on after it, in a program of their own; `codex-bridge jobs --stop` ends them.",
    (value) => (value === undefined ? "session" : oneOf(JOBS_MODES, value)),
  ),
  row(
    "jobTtlMs",
    "BRIDGE_JOB_TTL_MS",
    "`604800000`",
    "How long the result of a background job is kept, in ms.",
    wholeNumber(7 * 24 * HOUR_MS, 60_000, 365 * 24 * HOUR_MS),
  ),
  row(
    "taskAfterMs",
    "BRIDGE_TASK_AFTER_MS",
    "`20000`",
    "After how many ms a call goes on in the background, if the client takes MCP tasks (interactive Claude Code does). `0`: never by itself.",
    wholeNumber(20_000, 0, 24 * HOUR_MS),
  ),
  row(
    "jobAfterMs",
    "BRIDGE_JOB_AFTER_MS",
    "`240000` (4 minutes)",
    "After how many ms a call that an agent makes goes on in the background, and longest wait of its `agent_job`. It must be less than `tool_timeout_sec` of the server's entry in Codex, which is 300 s by default (60 s in 0.50, 120 s in 0.120): at that limit Codex gives the call up. For these versions the default is 48 s and 96 s. `0`: never by itself.",
    wholeNumber(USUAL_JOB_AFTER_MS, 0, 24 * HOUR_MS),
  ),
  row(
    "turnTimeoutMs",
    "BRIDGE_TURN_TIMEOUT_MS",
    "`3600000`",
    "Time limit for one turn, in ms.",
    wholeNumber(HOUR_MS, 1_000, 24 * HOUR_MS),
  ),
  row(
    "silenceMs",
    "BRIDGE_SILENCE_MS",
    "`600000`",
    "How long Codex may be silent while no command runs, in ms. Then the turn is ended.",
    wholeNumber(600_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "quietMs",
    "BRIDGE_QUIET_MS",
    "`60000`",
    "How long Codex may be silent, in ms, before progress says so and names the last thing seen.",
    wholeNumber(60_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "questionMs",
    "BRIDGE_QUESTION_MS",
    "`1800000`",
    "How long a question to you stays open, in ms. Then it counts as a no. The time does not count against the time limit of the turn.",
    wholeNumber(1_800_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "checkTimeoutMs",
    "BRIDGE_CHECK_TIMEOUT_MS",
    "`600000`",
    "Time limit for a `check`, in ms. Then the command and everything that it started are ended.",
    wholeNumber(600_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "sessionTtlMs",
    "BRIDGE_SESSION_TTL_MS",
    "`86400000`",
    "How long an unused thread stays in memory, in ms. It can still be continued afterwards.",
    wholeNumber(24 * HOUR_MS, 1_000, 365 * 24 * HOUR_MS),
  ),
  row(
    "maxSessions",
    "BRIDGE_MAX_SESSIONS",
    "`100`",
    "How many threads are kept in memory.",
    wholeNumber(100, 1, 100_000),
  ),
  row(
    "maxDepth",
    "BRIDGE_MAX_DEPTH",
    "`2`",
    "How long a chain of agents may get. With 2, Claude may call Codex, and that Codex may not call this bridge again.",
    wholeNumber(2, 1, 10),
  ),
  row(
    "budgetCalls",
    "BRIDGE_BUDGET_CALLS",
    "none",
    "How many turns one chain may have: those of a call, and those of all calls that come of it. Further ones are refused (`BUDGET_EXCEEDED`).",
    limitOrNone(1, 1_000_000),
  ),
  row(
    "budgetTokens",
    "BRIDGE_BUDGET_TOKENS",
    "none",
    "How many tokens, input and output together, the turns of one chain may use. It is checked before each turn, so a turn that runs goes on beyond it.",
    limitOrNone(1, 1_000_000_000_000),
  ),
  row(
    "relayAt",
    "BRIDGE_RELAY_AT",
    "`95`",
    "Percent of a usage limit from which on a call with `failover` is not begun by that agent, but by the next one; `off` waits for the limit itself. A call without `failover` is never passed on.",
    parseRelayAt,
  ),
  row(
    "allowNested",
    "BRIDGE_ALLOW_NESTED",
    "`0`",
    "`1` lets the Codex that the bridge starts use this bridge too, if it is among its MCP servers.",
    parseSwitch,
  ),
  row(
    "delegationRules",
    "DELEGATION_RULES",
    "the shipped `delegation-rules.json`",
    "Rules file of `route_task`. Changes take effect with the next call.",
    parseDelegationRules,
  ),
  row(
    "maxContextTokens",
    "MAX_CONTEXT_SIZE",
    "`max_tokens` of the rules file",
    "Tokens of the window that a context has to fit into (`context_window.max_tokens`).",
    (value) => (value === undefined ? undefined : wholeNumber(128_000, 1_000, 100_000_000)(value)),
  ),
  row(
    "compressionStrategy",
    "COMPRESSION_STRATEGY",
    "`preservation_strategy` of the rules file",
    "What a cut of a context keeps: `hierarchical` (what matters most), `head_and_tail` or `recent`.",
    (value) => (value === undefined ? undefined : oneOf(PRESERVATION_STRATEGIES, value)),
  ),
  row(
    "delegationMode",
    "DELEGATION_MODE",
    "`manual`",
    "What happens by itself. `manual`: nothing, and `route_task` only decides if the call names no mode. `automatic`: `route_task` has Codex do the task, and the prompt hook tells Claude when a rule sends a prompt to Codex. `suggest`: `route_task` only decides, and the hook leaves the choice to Claude.",
    (value) => (value === undefined ? "manual" : oneOf(DELEGATION_MODES, value)),
  ),
  row(
    "receipts",
    "BRIDGE_RECEIPTS",
    "`1`",
    "`0` compares no files before and after a turn, and keeps no receipts.",
    (value) => (value === undefined ? true : parseSwitch(value)),
  ),
  row(
    "unreadResults",
    "BRIDGE_UNREAD_RESULTS",
    "`1`",
    "`0`: the prompt hook does not tell Claude of ended background jobs whose results nobody has read. The hook reads this and `BRIDGE_STATE_DIR` from the environment of Claude Code.",
    (value) => (value === undefined ? true : parseSwitch(value)),
  ),
  row(
    "checkpoints",
    "BRIDGE_CHECKPOINTS",
    "`1`",
    "`0`: the plugin's hooks save no checkpoint before a compaction or at the end of a session, and offer none. They read this from the environment of Claude Code.",
    (value) => (value === undefined ? true : parseSwitch(value)),
  ),
  row(
    "reviewGate",
    "BRIDGE_REVIEW_GATE",
    "`0`",
    "`1`: when Claude stops, Codex reviews the uncommitted changes, and verified findings of P0 or P1 go back to Claude. The hook reads this from the environment of Claude Code; the plugin's option `review_gate` wins.",
    parseSwitch,
  ),
  row(
    "worktreesDir",
    "BRIDGE_WORKTREES_DIR",
    "`~/.local/share/codex-bridge/worktrees`",
    "Folder for the git worktrees of `isolation`. It must lie outside `BRIDGE_STATE_DIR` and your repositories.",
    parseWorktreesDir,
  ),
  row(
    "worktreeSetup",
    "BRIDGE_WORKTREE_SETUP",
    "none",
    "Command that is run in each new worktree of `isolation`, for what git ignores there, such as `npm ci`. It runs outside Codex's sandbox, for at most 10 minutes, and so does any script of the project that it starts, also one that an earlier turn has changed.",
    (value) => value,
  ),
  row(
    "stateDir",
    "BRIDGE_STATE_DIR",
    "`~/.local/state/codex-bridge`",
    "Folder for the bridge's own files: records of threads, long answers, the log.",
    parseStateDir,
  ),
  {
    ...row(
      "memoryUrl",
      "BRIDGE_MEMORY_URL",
      "none: the memory stays on this machine",
      "`postgres://role:password@host/database` puts the shared memory on a PostgreSQL server (15 or newer), for several machines or people (see [Team memory](team-memory.md)). It holds a password: set it in the environment, not in a file that others read.",
      parseMemoryUrl,
    ),
    isSecret: true,
  },
  row(
    "embeddingsUrl",
    "BRIDGE_EMBEDDINGS_URL",
    "none: words alone are searched",
    "OpenAI-compatible endpoint (`https://host/v1` or `…/v1/embeddings`). What the shared memory stores, and the questions to it, are sent there, and a search also goes by what texts mean. See [Shared memory](#shared-memory).",
    parseEmbeddingsUrl,
  ),
  row(
    "embeddingsModel",
    "BRIDGE_EMBEDDINGS_MODEL",
    "the endpoint's own",
    "Model of `BRIDGE_EMBEDDINGS_URL`. With another one, entries get new vectors.",
    (value) => value,
  ),
  {
    ...row(
      "embeddingsKey",
      "BRIDGE_EMBEDDINGS_KEY",
      "none",
      "Key of `BRIDGE_EMBEDDINGS_URL`, sent as a bearer token. It is a secret: set it in the environment, not in a file that others read.",
      (value) => value,
    ),
    isSecret: true,
  },
  row(
    "logLevel",
    "BRIDGE_LOG_LEVEL",
    "`info`",
    "How much is logged: `debug`, `info`, `warn`, `error` or `silent`.",
    (value) => (value === undefined ? "info" : oneOf(LOG_LEVELS, value)),
  ),
] as const);

// Does not compile if a setting has no row.
function coverAll<const Rows extends readonly SettingRow[]>(
  rows: Rows & (Exclude<keyof Settings, Rows[number]["key"]> extends never ? unknown : never),
): Rows {
  return rows;
}
