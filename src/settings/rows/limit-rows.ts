// What a call may do, and what the agents' programs get.
import { SANDBOX_MODES } from "../../domain/sandbox.ts";
import { CHILD_MCP_MODES, CODEX_MEMORY_MODES, CODEX_RULES_MODES } from "../modes.ts";
import { parseAgents } from "../parse-agents.ts";
import { parseRoots } from "../parse-settings.ts";
import { oneOf, parseList, parseSwitch } from "../parse-value.ts";
import { row } from "./setting-row.ts";

/** In the order of docs/reference.md. */
export const LIMIT_ROWS = [
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
] as const;
