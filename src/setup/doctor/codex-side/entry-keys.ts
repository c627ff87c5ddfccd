// Checks the keys of an entry of the bridge in Codex: what a call through it would meet.
import { toJobAfter } from "../../../domain/caller.ts";
import { ROLES } from "../../../domain/role.ts";
import { CHAIN_VARIABLES, CLOUD_VARIABLES, CODEX_ENTRY_KEYS, CODEX_ENV_VARS } from "../../files/codex-entry.ts";
import { type Finding, failed, warning } from "../check.ts";
import type { DoctorOptions } from "../options.ts";
import type { CodexEntry } from "./codex-entries.ts";
import { type CodexLimits, toServerEnv } from "./server-env.ts";

/** What the keys are judged by. */
export interface KeyScope {
  /** The environment that Codex would have. */
  readonly env: NodeJS.ProcessEnv;
  readonly limits: CodexLimits;
  readonly load: DoctorOptions["load"];
}

/** Without it there is nothing to call. */
const FIRST = "claude";
/** Modes in which Codex asks before a call that may change something. In `codex exec` nobody can be asked. */
const ASKING = ["prompt", "writes"];
/** Every desktop sets them, and the bridge does without. */
const DISPENSABLE = ["XDG_RUNTIME_DIR", "TMPDIR"];

/** Settings that decide which memory a server has. */
const MEMORY_VARIABLES = [
  ...["BRIDGE_STATE_DIR", "XDG_STATE_HOME", "BRIDGE_MEMORY_URL"],
  ...["BRIDGE_EMBEDDINGS_URL", "BRIDGE_EMBEDDINGS_MODEL", "BRIDGE_EMBEDDINGS_KEY"],
];

/** What counts most, in a few words. */
export function describeKeys(entry: CodexEntry, { limits }: KeyScope): string {
  const seconds = (entry.toolMs ?? limits.toolMs) / 1000;
  return `role ${findRole(entry)}, approval mode ${entry.approvals[""] ?? "auto"}, ${seconds} s for a call`;
}

/** Checks them. Nothing wrong is no finding. */
export function checkKeys(entry: CodexEntry, scope: KeyScope): Finding[] {
  return [
    ...checkRole(entry),
    ...checkApproval(entry),
    ...checkOffered(entry),
    ...checkSettings(entry, scope),
    ...checkVariables(entry, scope),
  ];
}

/** The same for an entry of the memory's own server. */
export function checkMemoryKeys(entry: CodexEntry, { env, limits }: Pick<KeyScope, "env" | "limits">): Finding[] {
  const given = toServerEnv(entry, env, limits);
  const lost = MEMORY_VARIABLES.filter((name) => env[name] && given[name] === undefined);
  return [...checkApproval(entry, "call it"), ...describeLost(lost, ", so it has another memory than the bridge")];
}

// `--role` of `serve`; it is `claude` where nothing is said.
function findRole({ args }: CodexEntry): string {
  const at = args.findIndex((word) => /^--role(=|$)/.test(word));
  const word = at < 0 ? "claude" : (args[at]?.split("=")[1] ?? args[at + 1]);
  return ROLES.find((role) => role === word) ?? "unknown";
}

function checkRole(entry: CodexEntry): Finding[] {
  const role = findRole(entry);
  if (role === "codex" || role === "any") return [];
  const found = role === "unknown" ? "it has a --role that there is not" : "it offers the tools for Claude Code";
  const words = entry.args.includes("serve") ? '"--role", "codex"' : '"serve", "--role", "codex"';
  return [warning(`${found}, so Codex cannot call Claude`, `Give \`args\` of the entry ${words} at its end.`)];
}

// Unasked it runs all of the bridge's tools: a call gets no more than the turn that makes it (docs/codex-cli.md#as-a-caller).
function checkApproval({ approvals }: CodexEntry, purpose = "call Claude"): Finding[] {
  const asking = Object.entries(approvals).filter(([, mode]) => ASKING.includes(mode));
  if (asking.length === 0) return [];
  const named = asking.map(([tool, mode]) =>
    tool === "" ? `default_tools_approval_mode = "${mode}"` : `approval_mode = "${mode}" of ${tool}`,
  );
  return [
    warning(
      `${named.join(", ")}: Codex asks before a call, and \`codex exec\` refuses it`,
      `Remove that key, or set it to "approve", if Codex is to ${purpose} unasked. A call gets no more than the turn that makes it.`,
    ),
  ];
}

function checkOffered({ onlyTools, withoutTools }: CodexEntry): Finding[] {
  const isOffered = (onlyTools ?? [FIRST]).includes(FIRST) && !withoutTools.includes(FIRST);
  if (isOffered) return [];
  return [warning(`it hides the tool ${FIRST}`, "Correct `enabled_tools` or `disabled_tools` of the entry.")];
}

function checkSettings(entry: CodexEntry, { env, limits, load }: KeyScope): Finding[] {
  const loaded = load(toServerEnv(entry, env, limits));
  if ("problems" in loaded) return [failed(loaded.problems.join("; "), "Correct the `env` of the entry.")];
  const jobAfterMs = toJobAfter(loaded.settings.jobAfterMs, limits.toolMs);
  const limitMs = entry.toolMs ?? limits.toolMs;
  if (jobAfterMs > 0 && jobAfterMs < limitMs) return [];
  const job = jobAfterMs === 0 ? "never goes on as a job" : `goes on as a job after ${jobAfterMs / 1000} s`;
  return [
    warning(
      `Codex gives a call up after ${limitMs / 1000} s, and it ${job} (BRIDGE_JOB_AFTER_MS): a longer one is lost`,
      `Set tool_timeout_sec = ${CODEX_ENTRY_KEYS.tool_timeout_sec} in the entry${jobAfterMs === 0 ? ", and BRIDGE_JOB_AFTER_MS above 0" : ""}.`,
    ),
  ];
}

function checkVariables(entry: CodexEntry, { env, limits }: KeyScope): Finding[] {
  const passed = new Set([...entry.envVars, ...Object.keys(entry.env)]);
  const chain = CHAIN_VARIABLES.filter((name) => !passed.has(name));
  const given = toServerEnv(entry, env, limits);
  const others = [...CHAIN_VARIABLES, ...DISPENSABLE, ...listUnusedClouds(env)];
  const lost = CODEX_ENV_VARS.filter((name) => !others.includes(name) && env[name] && given[name] === undefined);
  return [
    ...(chain.length === 0
      ? []
      : [
          warning(
            `it does not get ${chain.join(" and ")}, which tell how deep a chain of agents is`,
            `Add to \`env_vars\` of the entry: ${quote(chain)}.`,
          ),
        ]),
    ...describeLost(lost),
  ];
}

function describeLost(names: readonly string[], effect = ""): Finding[] {
  if (names.length === 0) return [];
  return [
    warning(
      `it does not get ${names.join(", ")}, which ${names.length === 1 ? "is" : "are"} set here${effect}`,
      `Add to \`env_vars\` of the entry: ${quote(names)}.`,
    ),
  ];
}

// Many have them for something else.
function listUnusedClouds(env: NodeJS.ProcessEnv): string[] {
  const groups = Object.entries(CLOUD_VARIABLES);
  const used = groups.flatMap(([on, names]) => (env[on] ? names : []));
  return groups.flatMap(([, names]) => names).filter((name) => !used.includes(name));
}

function quote(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}
